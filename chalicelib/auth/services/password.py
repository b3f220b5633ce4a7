"""PasswordService: change a password, or reset a forgotten one by an e-mailed link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from chalicelib.auth.credentials.email_links import LinkPurpose
from chalicelib.auth.credentials.passwords import hash_password, reject_common_password
from chalicelib.auth.errors import LinkExpired, WrongPassword
from chalicelib.auth.fields import Code, Email, EnteredPassword, NewPassword, Token, parse_email
from chalicelib.auth.services.account_emails import AccountEvent

if TYPE_CHECKING:
    from chalicelib.auth.accounts.audit_log import AuditLog
    from chalicelib.auth.accounts.repository import AccountDocument, AccountRepository
    from chalicelib.auth.credentials.device_tokens import DeviceTokens
    from chalicelib.auth.credentials.email_links import EmailLinkRepository
    from chalicelib.auth.models import Caller, Visitor
    from chalicelib.auth.services.account_notifier import AccountNotifier
    from chalicelib.auth.services.link_sender import LinkSender
    from chalicelib.auth.services.reauthentication import Reauthenticator
    from chalicelib.auth.sessions.refresh_tokens import SessionRepository


class PasswordChange(msgspec.Struct, forbid_unknown_fields=True):
    """Current and new password; ``code`` is required if the second factor is enabled."""

    current_password: EnteredPassword
    password: NewPassword
    code: Code | None = None


class PasswordResetRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Address of an account whose owner forgot the password."""

    email: Email


class PasswordReset(msgspec.Struct, forbid_unknown_fields=True):
    """Token of an e-mailed link, and the new password."""

    token: Token
    password: NewPassword


@dataclass(frozen=True, slots=True)
class PasswordService:
    """Changes and resets passwords."""

    accounts: AccountRepository
    sessions: SessionRepository
    links: EmailLinkRepository
    link_sender: LinkSender
    device_tokens: DeviceTokens
    reauthenticator: Reauthenticator
    notifier: AccountNotifier
    audit_log: AuditLog

    def change(self, caller: Caller, change: PasswordChange) -> str:
        """Change the password and end all other sessions.

        Returns:
            A new device token.

        Raises:
            WrongPassword, SecondFactorRequired, WrongCode, SessionExpired, AccountNotFound,
            TooManyRequests, InvalidField: the password is not changed.
        """
        reject_common_password(change.password)
        account = self.reauthenticator.check(caller, change.current_password, change.code)
        token = self._replace(account, change.password, "change", keep_session=caller.session_id)
        if token is None:
            # Another request has just replaced the password that this caller entered.
            raise WrongPassword
        return token

    def request_reset(self, request: PasswordResetRequest, visitor: Visitor) -> None:
        """Send a link that resets the password, if the address has an account.

        The API does the same work in both cases, so that nobody can detect accounts.

        Raises:
            InvalidField: the address cannot get e-mail.
            TooManyRequests: this visitor requested too many links.
        """
        email = parse_email(request.email)
        self.link_sender.count_request(LinkPurpose.RESET_PASSWORD, email, visitor)
        self.link_sender.send(LinkPurpose.RESET_PASSWORD, email)

    def reset(self, reset: PasswordReset) -> str:
        """Replace the password by an e-mailed link and end all sessions.

        Returns:
            A new device token.

        Raises:
            LinkExpired: the link is invalid, used or expired.
            InvalidField: the password is too common; the link can be used again.
        """
        reject_common_password(reset.password)
        link = self.links.get_by_token(LinkPurpose.RESET_PASSWORD, reset.token)
        self.links.consume(link)
        account = self.accounts.find_by_email(link.email)
        if account is None:
            raise LinkExpired
        token = self._replace(account, reset.password, "reset")
        if token is None:
            raise LinkExpired
        return token

    def _replace(
        self, account: AccountDocument, password: str, how: str, keep_session: str | None = None
    ) -> str | None:
        """Store a new password. Return a device token, or None if the account has changed."""
        hashed = hash_password(password)
        if not self.accounts.set_password(account, hashed):
            return None
        self.links.delete_for(account["email"], account["_id"])
        self.sessions.end_all(account["_id"], except_id=keep_session)
        self.notifier.notify(account, AccountEvent.PASSWORD_CHANGED)
        self.audit_log.record("password_changed", account["_id"], how=how)
        return self.device_tokens.issue({**account, "password": hashed})
