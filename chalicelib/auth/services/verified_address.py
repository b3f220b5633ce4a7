"""VerifiedAddressService: the accounts of people who have just proved that they read a mailbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.auth.accounts.repository import EmailTakenError, to_caller
from chalicelib.auth.errors import LinkExpired
from chalicelib.auth.services.login import IssuedTokens

if TYPE_CHECKING:
    from chalicelib.auth.accounts.audit_log import AuditLog
    from chalicelib.auth.accounts.repository import AccountDocument, AccountRepository
    from chalicelib.auth.credentials.device_tokens import DeviceTokens
    from chalicelib.auth.models import Visitor
    from chalicelib.auth.sessions.access_tokens import AccessTokens
    from chalicelib.auth.sessions.refresh_tokens import SessionRepository


@dataclass(frozen=True, slots=True)
class VerifiedAddressService:
    """Finds or creates the account of an address, without a password."""

    accounts: AccountRepository
    sessions: SessionRepository
    access_tokens: AccessTokens
    device_tokens: DeviceTokens
    audit_log: AuditLog

    def find_or_create(self, email: str, name: str) -> tuple[AccountDocument, bool]:
        """Return the account of an address, and whether this call created it.

        Raises:
            LinkExpired: the account was deleted at this moment.
        """
        if account := self.accounts.find_by_email(email):
            return account, False
        try:
            account = self.accounts.create(email, name, None)
        except EmailTakenError:
            account = self.accounts.find_by_email(email)
            if account is None:
                raise LinkExpired from None
            return account, False
        self.audit_log.record("registered", account["_id"], how="guest_application")
        return account, True

    def open_session(self, account: AccountDocument, visitor: Visitor) -> IssuedTokens:
        """Open a session of an account that was created for the reader of its mailbox.

        Never call it for an account that existed, because it may have a password.
        """
        opened = self.sessions.open(account["_id"], visitor.device, visitor.place)
        self.audit_log.record("logged_in", account["_id"], session_id=opened.session.id)
        return IssuedTokens(
            self.access_tokens.issue(to_caller(account, opened.session.id)),
            opened,
            self.device_tokens.issue(account),
        )
