"""E-mails to owners about changes of their accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.auth.services.account_emails import AccountNotice

if TYPE_CHECKING:
    from chalicelib.auth.accounts.audit_log import AuditLog
    from chalicelib.auth.accounts.repository import AccountDocument
    from chalicelib.auth.services.account_emails import AccountEvent
    from chalicelib.notifications.outbox import MailOutbox


@dataclass(frozen=True, slots=True)
class AccountNotifier:
    """Notifies owners of changes of their accounts."""

    outbox: MailOutbox
    audit_log: AuditLog

    def erase(self, account: AccountDocument) -> None:
        """Delete the queued and lately sent e-mails to the owner, which hold name and address.

        Raises:
            redis.exceptions.RedisError: some may not be deleted.
        """
        self.outbox.erase(account["email"])

    def notify(self, account: AccountDocument, event: AccountEvent) -> None:
        """Queue an e-mail to the owner.

        The change has been made, so a failure is logged and not raised.
        """
        notice = AccountNotice(event, account["email"], account["name"])
        try:
            self.outbox.enqueue(notice, account["email"])
        except Exception as error:
            self.audit_log.log_notice_failure(event.value, account["_id"], error)
