"""DataExportService: owners of accounts start exports, and get their files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chalicelib.common.ids import is_id
from chalicelib.common.observability import count
from chalicelib.recruiting.data_exports.errors import ExportNotFound
from chalicelib.recruiting.data_exports.models import DataExport, DataExportLink, DataExports

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.auth.accounts.audit_log import AuditLog
    from chalicelib.auth.models import Caller
    from chalicelib.auth.rate_limits import AuthRateLimits
    from chalicelib.auth.services.reauthentication import Reauthenticator
    from chalicelib.recruiting.data_exports.files import ExportFiles
    from chalicelib.recruiting.data_exports.repository import ExportRepository


@dataclass(frozen=True, slots=True)
class DataExportService:
    """Starts exports, and reports their state.

    Args:
        exports: the exports.
        reauthenticator: checks whether the session of a caller and the account still exist.
        limits: the rate limits.
        audit_log: records that exports were requested.
        files: the files of exports.
        invoke: starts the function that writes an export, by its id. It never raises.
    """

    exports: ExportRepository
    reauthenticator: Reauthenticator
    limits: AuthRateLimits
    audit_log: AuditLog
    files: ExportFiles
    invoke: Callable[[str], None]

    def start(self, caller: Caller) -> DataExport:
        """Start an export. While one is being written, a repeated request gets that one.

        Raises:
            SessionExpired, AccountNotFound: the session has ended, or the account was deleted.
            TooManyRequests: the account has started three exports within a day.
            FilesUnavailable: there is no store of files.
        """
        self.reauthenticator.require_session(caller)
        self.files.require_bucket()
        account_id = caller.account_id
        if found := self.exports.find_open(account_id):
            return _export(found)
        self.limits.take(export_account=account_id)
        started = self.exports.start(account_id)
        if started is None:
            # Another request was first.
            found = self.exports.find_open(account_id)
            if found is None:
                raise ExportNotFound("It was written just now.")
            return _export(found)
        self.audit_log.record("data_export_requested", account_id, session_id=caller.session_id)
        count("data_export_started")
        self.invoke(started["_id"])
        return _export(started)

    def list(self, account_id: str) -> DataExports:
        """Return the exports of an account, newest first."""
        return DataExports([_export(one) for one in self.exports.find_all(account_id)])

    def get(self, account_id: str, export_id: str) -> DataExportLink:
        """Return an export; if it is ready, with a link to its file.

        Raises:
            ExportNotFound: the account has no such export, or it has expired.
            FilesUnavailable: there is no store of files.
        """
        found = self.exports.find(account_id, export_id) if is_id(export_id) else None
        if found is None:
            raise ExportNotFound
        one = _export(found)
        fields = (one.id, one.state, one.requested_at, one.bytes, one.expires_at)
        if one.state != "ready":
            return DataExportLink(*fields)
        name = f"hirelane-export-{one.requested_at:%Y-%m-%d}.zip"
        link = self.files.link(account_id, export_id, name)
        return DataExportLink(*fields, link.url, link.expires_at)


def _export(document: dict[str, Any]) -> DataExport:
    return DataExport(
        document["_id"],
        document["state"],
        document["requested_at"],
        document.get("bytes", 0),
        document.get("expires_at"),
    )
