"""AccountService: an owner reads or deletes their account."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from chalicelib.auth.accounts.audit_log import ACCOUNT_DELETED
from chalicelib.auth.accounts.repository import to_account
from chalicelib.auth.errors import AccountInUse, EmailRetryRefused
from chalicelib.auth.services.account_emails import AccountEvent

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.auth.accounts.audit_log import AuditLog
    from chalicelib.auth.accounts.repository import AccountRepository
    from chalicelib.auth.credentials.email_links import EmailLinkRepository
    from chalicelib.auth.models import Account, Caller
    from chalicelib.auth.services.account_notifier import AccountNotifier
    from chalicelib.auth.services.reauthentication import Reauthentication, Reauthenticator
    from chalicelib.auth.sessions.refresh_tokens import SessionRepository
    from chalicelib.notifications.suppressions import SuppressionRepository


@dataclass(frozen=True, slots=True)
class AccountService:
    """Reads and deletes the account of a caller.

    Args:
        leave_employers: removes an account id from its employers. Raises AccountInUse if it cannot.
        delete_data: deletes the data that other packages store for an account id.
        revoke: makes the queue refuse the access tokens of an account id.
    """

    accounts: AccountRepository
    sessions: SessionRepository
    links: EmailLinkRepository
    reauthenticator: Reauthenticator
    notifier: AccountNotifier
    audit_log: AuditLog
    suppressions: SuppressionRepository
    leave_employers: Callable[[str], None]
    delete_data: Callable[[str], None]
    revoke: Callable[[str], None]

    def get(self, caller: Caller) -> Account:
        """Return the account of the caller.

        Raises:
            AccountNotFound: the account has been deleted.
        """
        account = to_account(self.accounts.get(caller.account_id))
        problem = self.suppressions.find(account.email)
        return msgspec.structs.replace(account, email_problem=problem) if problem else account

    def retry_email(self, caller: Caller) -> Account:
        """Send e-mails again to the address of the caller, which bounced, and one at once.

        Returns:
            The account of the caller.

        Raises:
            EmailRetryRefused: the address has not bounced, or was tried again before, or its owner
                reported an e-mail as spam.
            SessionExpired, AccountNotFound: the session has ended, or the account was deleted.
        """
        account = self.reauthenticator.require_session(caller)
        if not self.suppressions.retry(account["email"]):
            raise EmailRetryRefused("Change the address of the account, or contact us.")
        self.audit_log.record("email_retried", account["_id"], session_id=caller.session_id)
        self.notifier.notify(account, AccountEvent.EMAIL_RETRIED)
        return to_account(account)

    def delete(self, caller: Caller, request: Reauthentication) -> None:
        """Delete the account and everything that belongs to it.

        If the deletion is interrupted, the account may remain; its owner can repeat the deletion,
        and can apply again when the revocation has expired.

        Raises:
            WrongPassword, SecondFactorRequired, WrongCode, SessionExpired, AccountNotFound,
            TooManyRequests: nothing is deleted.
            AccountInUse: other people depend on the account. It may have left some employers.
        """
        account = self.reauthenticator.check(caller, request.password, request.code)
        self.leave_employers(account["_id"])
        # Nothing is accepted from now on, so what is deleted does not come back.
        self.revoke(account["_id"])
        self.delete_data(account["_id"])
        self.notifier.erase(account)
        self.links.delete_for(account["email"], account["_id"])
        # Delete the account late, so that its owner can repeat a deletion that was interrupted.
        self.accounts.delete(account["_id"])
        self.sessions.end_all(account["_id"])
        # Leave an employer that the account joined during the deletion.
        with suppress(AccountInUse):
            self.leave_employers(account["_id"])
        # Delete what a worker stored during the deletion. What it stores later, the sweep deletes.
        self.delete_data(account["_id"])
        self.notifier.erase(account)
        self.notifier.notify(account, AccountEvent.DELETED)
        self.audit_log.record(ACCOUNT_DELETED, account["_id"])
