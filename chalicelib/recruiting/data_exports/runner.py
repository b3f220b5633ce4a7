"""ExportRunner: writes the exports that were started. Doing it again changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.auth.errors import AccountNotFound
from chalicelib.common import times
from chalicelib.common.observability import count
from chalicelib.recruiting.data_exports.archive import Archive
from chalicelib.recruiting.data_exports.email import DataExportEmail, data_export_email_id
from chalicelib.recruiting.data_exports.repository import KEPT, MAX_ATTEMPTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools import Logger

    from chalicelib.auth.accounts.repository import AccountDocument, AccountRepository
    from chalicelib.notifications.outbox import MailOutbox
    from chalicelib.recruiting.data_exports.exporter import AccountExporter
    from chalicelib.recruiting.data_exports.files import ExportFiles
    from chalicelib.recruiting.data_exports.repository import ExportRepository

# A sweep begins no export if less time is left.
_LEAST_SECONDS = 120


class ExportRunner:
    """Writes exports, and tells their owners.

    Each step can be repeated: a file that is written again replaces the first one, and the e-mail
    has an id of its own.

    Args:
        exports: the exports.
        accounts: the accounts.
        exporter: writes the content.
        files: the files of exports.
        outbox: queues e-mails.
        logger: the logger of the function.
    """

    def __init__(
        self,
        exports: ExportRepository,
        accounts: AccountRepository,
        exporter: AccountExporter,
        files: ExportFiles,
        outbox: MailOutbox,
        logger: Logger,
    ) -> None:
        self._exports = exports
        self._accounts = accounts
        self._exporter = exporter
        self._files = files
        self._outbox = outbox
        self._logger = logger

    def run(self, export_id: str | None = None) -> bool:
        """Work on an export, by default the oldest one. Return False if there was none.

        A failure is logged and counted. The next sweep tries again, five times in all.
        """
        claimed = self._exports.claim(export_id)
        if claimed is None:
            return False
        try:
            self._process(claimed)
        except Exception as error:
            count("data_export_attempt_failed")
            # Only the type, because the text may contain data of the account.
            self._logger.error(
                "export not written", export_id=claimed["_id"], error=type(error).__name__
            )
            self._exports.release(claimed)
        return True

    def sweep(self, remaining: Callable[[], float]) -> int:
        """Work on all exports that no process works on. Return how many there were.

        Args:
            remaining: returns the seconds that are left.
        """
        done = 0
        while remaining() > _LEAST_SECONDS and self.run():
            done += 1
        return done

    def _process(self, claimed: dict[str, Any]) -> None:
        try:
            account = self._accounts.get(claimed["account_id"])
        except AccountNotFound:
            self._exports.delete_of_account(claimed["account_id"])
            return
        if claimed["state"] == "pending":
            is_last = claimed["attempts"] > MAX_ATTEMPTS
            if not (self._give_up(claimed) if is_last else self._write(claimed, account)):
                return
        self._notify(claimed, account)
        self._exports.close(claimed)

    def _write(self, claimed: dict[str, Any], account: AccountDocument) -> bool:
        """Write the file. Return False if the account was deleted meanwhile."""
        account_id, export_id = claimed["account_id"], claimed["_id"]
        now = times.now()
        with self._files.write(account_id, export_id) as upload:
            archive = Archive(upload)
            self._exporter.write(account, archive, now, now + KEPT)
            archive.close()
            upload.complete()
        if self._exports.set_ready(claimed, upload.size):
            count("data_export_ready")
            return True
        if not self._exports.find_existing([export_id]):
            # The deletion of the account may have deleted its files before this one appeared.
            self._files.delete(account_id, export_id)
        return False

    def _notify(self, claimed: dict[str, Any], account: AccountDocument) -> None:
        export_id = claimed["_id"]
        content = DataExportEmail(account["_id"], export_id)
        self._outbox.enqueue(content, account["email"], mail_id=data_export_email_id(export_id))

    def _give_up(self, claimed: dict[str, Any]) -> bool:
        count("data_export_failed")
        self._logger.error("export failed for good", export_id=claimed["_id"])
        return self._exports.set_failed(claimed)
