"""The e-mail which says that an export is ready, or that it failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chalicelib.notifications.models import Email, Recipient

if TYPE_CHECKING:
    from chalicelib.auth.accounts.repository import AccountRepository
    from chalicelib.recruiting.data_exports.repository import ExportRepository


class DataExportEmail(msgspec.Struct, frozen=True, tag="data_export"):
    """An e-mail about an export of an account."""

    account_id: str
    export_id: str


def data_export_email_id(export_id: str) -> str:
    """Return the id of the e-mail in the ledger and the queue. So it is sent once."""
    return f"data-export-{export_id}"


class DataExportComposer:
    """Composes e-mails about exports, in the mail worker.

    Args:
        accounts: the accounts.
        exports: the exports.
        public_url: where the web client is.
    """

    content_type = DataExportEmail

    def __init__(
        self, accounts: AccountRepository, exports: ExportRepository, public_url: str
    ) -> None:
        self._accounts = accounts
        self._exports = exports
        self._public_url = public_url.rstrip("/")

    def compose(self, content: DataExportEmail, recipient: Recipient | None, /) -> Email | None:
        """Return the e-mail, or None if the account or the export was deleted."""
        found = self._accounts.find_recipients([content.account_id]).get(content.account_id)
        export = self._exports.find(content.account_id, content.export_id)
        if found is None or export is None:
            return None
        values = {
            "failed": export["state"] == "failed",
            "day": f"{export['expires_at']:%-d %B %Y}" if "expires_at" in export else "",
            "url": f"{self._public_url}/#/account",
        }
        return Email(found, "data_export", values)
