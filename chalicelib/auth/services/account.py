"""What owners do with their accounts: change password and address, second factor, delete.

Each asks for the password again, for a browser that was left open is not its owner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from chalicelib.auth.accounts.repository import (
    EmailTakenError,
    credentials_fingerprint,
    has_second_factor,
)
from chalicelib.auth.credentials.email_links import LinkPurpose
from chalicelib.auth.credentials.passwords import (
    hash_password,
    reject_common_password,
    verify_password,
)
from chalicelib.auth.credentials.qr_code import render_qr_code
from chalicelib.auth.credentials.second_factor import demand_code
from chalicelib.auth.errors import (
    LinkExpired,
    SecondFactorEnabled,
    SessionExpired,
    WrongCode,
    WrongPassword,
)
from chalicelib.auth.fields import Code, Email, EnteredPassword, NewPassword, Token, normalize_email
from chalicelib.auth.services.account_emails import AccountEvent, AccountNotice

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.auth.accounts.audit_log import AuditLog
    from chalicelib.auth.accounts.repository import AccountDocument, AccountRepository
    from chalicelib.auth.credentials.device_tokens import DeviceTokens
    from chalicelib.auth.credentials.email_links import EmailLinkRepository
    from chalicelib.auth.credentials.second_factor import SecondFactorVerifier
    from chalicelib.auth.models import Caller, Visitor
    from chalicelib.auth.rate_limits import AuthRateLimits
    from chalicelib.auth.services.account_emails import Post
    from chalicelib.auth.services.link_sender import LinkSender
    from chalicelib.auth.sessions.refresh_tokens import SessionRepository


class PasswordChange(msgspec.Struct, forbid_unknown_fields=True):
    """Change a password; ``code`` where the second factor is on."""

    current_password: EnteredPassword
    password: NewPassword
    code: Code | None = None


class PasswordResetRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Ask for a link with which to set another password."""

    email: Email


class PasswordReset(msgspec.Struct, forbid_unknown_fields=True):
    """What the page of such a link sends."""

    token: Token
    password: NewPassword


class EmailChange(msgspec.Struct, forbid_unknown_fields=True):
    """Change the address; ``code`` where the second factor is on."""

    password: EnteredPassword
    email: Email
    code: Code | None = None


class EmailChangeConfirmation(msgspec.Struct, forbid_unknown_fields=True):
    """What the page of the link to a new address sends."""

    token: Token


class Reauthentication(msgspec.Struct, forbid_unknown_fields=True):
    """Prove once more who one is; ``code`` where the second factor is on."""

    password: EnteredPassword
    code: Code | None = None


class SecondFactorConfirmation(msgspec.Struct, forbid_unknown_fields=True):
    """The first code of an authenticator app."""

    code: Code


class SecondFactorProposal(msgspec.Struct, frozen=True):
    """What an authenticator app is to be told: the secret, or ``uri``, which is also in ``qr``.

    ``qr`` is a QR code, black on white, as an SVG image in a ``data:`` URL.
    """

    secret: str
    uri: str
    qr: str


@dataclass(frozen=True, slots=True)
class AccountService:
    """What owners do with their accounts. ``forget`` deletes what else belongs to one."""

    accounts: AccountRepository
    sessions: SessionRepository
    second_factors: SecondFactorVerifier
    links: EmailLinkRepository
    mailing: LinkSender
    limits: AuthRateLimits
    audit: AuditLog
    devices: DeviceTokens
    post: Post
    forget: Callable[[str], None]

    def change_password(self, caller: Caller, change: PasswordChange) -> str:
        """Change the password, and end all other sessions. Returns a new device token.

        Raises:
            WrongPassword, SecondFactorRequired, WrongCode, SessionExpired, TooManyRequests,
                InvalidField: it is not changed.
        """
        reject_common_password(change.password)
        account = self._prove(caller, change.current_password)
        demand_code(self.second_factors, self.audit, account, change.code)
        return self._set_password(account, change.password, "change", but=caller.session_id)

    def request_password_reset(self, forgotten: PasswordResetRequest, visitor: Visitor) -> None:
        """Have a link mailed, if the address has an account; what is done here is the same.

        Raises:
            TooManyRequests: so much was mailed for this visitor.
        """
        email = normalize_email(forgotten.email)
        self.mailing.count_request(LinkPurpose.RESET_PASSWORD, email, visitor)
        self.mailing.send(LinkPurpose.RESET_PASSWORD, email)

    def reset_password(self, reset: PasswordReset) -> str:
        """Set another password by a mailed link, and end all sessions. Returns a device token.

        Raises:
            LinkExpired: the link is none, was used, or is too old.
            InvalidField: the password is a common one; the link stays good.
        """
        reject_common_password(reset.password)
        link = self.links.get_by_token(LinkPurpose.RESET_PASSWORD, reset.token)
        self.links.consume(link)
        account = self.accounts.find_by_email(link.email)
        if account is None:
            raise LinkExpired
        return self._set_password(account, reset.password, "reset")

    def change_email(self, caller: Caller, change: EmailChange, visitor: Visitor) -> None:
        """Have a link mailed to the new address, and tell the old one.

        Raises:
            WrongPassword, SecondFactorRequired, WrongCode, SessionExpired, TooManyRequests: nothing
                is mailed.
        """
        account = self._prove(caller, change.password)
        demand_code(self.second_factors, self.audit, account, change.code)
        email = normalize_email(change.email)
        self.mailing.count_request(LinkPurpose.CHANGE_EMAIL, email, visitor)
        self.mailing.send(
            LinkPurpose.CHANGE_EMAIL,
            email,
            account_id=account["_id"],
            credentials=credentials_fingerprint(account),
        )
        self.audit.record("email_change_asked", account["_id"], session_id=caller.session_id)
        self._tell(account, AccountEvent.EMAIL_CHANGE_ASKED)

    def confirm_email(self, caller: Caller, token: str) -> None:
        """Change the address by the link that was mailed to the new one; tells the old one.

        Only in a session of this account, so that a stranger who follows the link does not give
        their address to an account that is not theirs. Ends all other sessions.

        Raises:
            LinkExpired: the link is none, was used, is too old or another account's, password or
                second factor changed, or the address got an account since.
            SessionExpired: the session has ended.
        """
        link = self.links.get_by_token(LinkPurpose.CHANGE_EMAIL, token)
        account = self._in_session(caller)
        asked = (link.about["account_id"], link.about["credentials"])
        if asked != (account["_id"], credentials_fingerprint(account)):
            raise LinkExpired
        self.links.consume(link)
        try:
            changed = self.accounts.set_email(account, link.email)
        except EmailTakenError:
            raise LinkExpired from None
        if not changed:
            raise LinkExpired
        self.links.delete_for(account["email"], account["_id"])
        self.sessions.end_all(account["_id"], but=caller.session_id)
        self._tell(account, AccountEvent.EMAIL_CHANGED)
        self.audit.record("email_changed", account["_id"], session_id=caller.session_id)

    def propose_second_factor(
        self, caller: Caller, again: Reauthentication
    ) -> SecondFactorProposal:
        """Begin to switch the second factor on.

        Raises:
            WrongPassword, SessionExpired, TooManyRequests: nothing is changed.
            SecondFactorEnabled: remove it first.
        """
        account = self._prove(caller, again.password)
        if has_second_factor(account):
            raise SecondFactorEnabled
        secret, uri = self.second_factors.propose(account)
        return SecondFactorProposal(secret, uri, render_qr_code(uri))

    def confirm_second_factor(self, caller: Caller, first: SecondFactorConfirmation) -> list[str]:
        """Switch the second factor on, and end all other sessions.

        Returns:
            The recovery codes, which are shown only now.

        Raises:
            WrongCode: it is not the code of what was proposed.
            SecondFactorEnabled: it was on before.
            SessionExpired, TooManyRequests: nothing is changed.
        """
        self.limits.take(password_session=caller.session_id)
        account = self._in_session(caller)
        if has_second_factor(account):
            raise SecondFactorEnabled
        codes = self.second_factors.enable(account, first.code)
        if codes is None:
            raise WrongCode
        self._second_factor_changed(account, caller, AccountEvent.SECOND_FACTOR_ON)
        return codes

    def remove_second_factor(self, caller: Caller, again: Reauthentication) -> None:
        """Switch the second factor off, and end all other sessions.

        Raises:
            WrongPassword, SecondFactorRequired, WrongCode, SessionExpired, TooManyRequests: it
                stays on.
        """
        account = self._prove(caller, again.password)
        demand_code(self.second_factors, self.audit, account, again.code)
        if has_second_factor(account):
            self.second_factors.disable(account)
            self._second_factor_changed(account, caller, AccountEvent.SECOND_FACTOR_OFF)

    def delete(self, caller: Caller, again: Reauthentication) -> None:
        """Delete the account and all that belongs to it.

        Raises:
            WrongPassword, SecondFactorRequired, WrongCode, SessionExpired, TooManyRequests: nothing
                is deleted.
        """
        account = self._prove(caller, again.password)
        demand_code(self.second_factors, self.audit, account, again.code)
        self.forget(account["_id"])
        self.links.delete_for(account["email"], account["_id"])
        # Near the end: should this be cut short before, its owner can do it again.
        self.accounts.delete(account["_id"])
        self.sessions.end_all(account["_id"])
        # What was accepted before and stored while this was done.
        self.forget(account["_id"])
        self._tell(account, AccountEvent.DELETED)
        self.audit.record("account_deleted", account["_id"])

    def _in_session(self, caller: Caller) -> AccountDocument:
        """The caller's account, if their session has not ended since they got their token."""
        if not self.sessions.is_active(caller.account_id, caller.session_id):
            raise SessionExpired
        return self.accounts.get(caller.account_id)

    def _prove(self, caller: Caller, password: str) -> AccountDocument:
        # By session, not by account: a stolen token does not use up what its owner may try.
        self.limits.take(password_session=caller.session_id)
        account = self._in_session(caller)
        if not verify_password(account["password"], password):
            self.audit.record("password_refused", account["_id"], session_id=caller.session_id)
            raise WrongPassword
        return account

    def _set_password(
        self, account: AccountDocument, password: str, how: str, but: str | None = None
    ) -> str:
        hashed = hash_password(password)
        if not self.accounts.set_password(account, hashed):
            # Changed in another place at this very moment: that one counts.
            raise LinkExpired if how == "reset" else WrongPassword
        changed = {**account, "password": hashed}
        self.links.delete_for(account["email"], account["_id"])
        self.sessions.end_all(account["_id"], but=but)
        self._tell(account, AccountEvent.PASSWORD_CHANGED)
        self.audit.record("password_changed", account["_id"], how=how)
        return self.devices.issue(changed)

    def _second_factor_changed(
        self, account: AccountDocument, caller: Caller, event: AccountEvent
    ) -> None:
        self.sessions.end_all(account["_id"], but=caller.session_id)
        self.links.delete_for(account["email"], account["_id"])
        self._tell(account, event)
        self.audit.record(event.value, account["_id"], session_id=caller.session_id)

    def _tell(self, account: AccountDocument, event: AccountEvent) -> None:
        """Have the owner told. What was done is done, also when that cannot be queued."""
        try:
            self.post(AccountNotice(event, account["email"], account["name"]), account["email"])
        except Exception as error:
            self.audit.log_notice_failure(event.value, account["_id"], error)
