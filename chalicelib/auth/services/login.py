"""LoginService: log in with a password and a second factor, refresh a session, log out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import msgspec

from chalicelib.auth.accounts.repository import credentials_fingerprint, to_caller
from chalicelib.auth.credentials.passwords import hash_password, needs_rehash, verify_password
from chalicelib.auth.errors import (
    AccountNotFound,
    SecondFactorRequired,
    SessionExpired,
    WrongCredentials,
)
from chalicelib.auth.fields import (
    Code,
    EnteredEmail,
    EnteredPassword,
    RequiredToken,
    Token,
    normalize_email,
)

if TYPE_CHECKING:
    from chalicelib.auth.accounts.audit_log import AuditLog
    from chalicelib.auth.accounts.repository import AccountDocument, AccountRepository
    from chalicelib.auth.credentials.device_tokens import DeviceTokens
    from chalicelib.auth.credentials.second_factor import SecondFactorVerifier
    from chalicelib.auth.models import Caller, Visitor
    from chalicelib.auth.rate_limits import AuthRateLimits
    from chalicelib.auth.sessions.access_tokens import AccessTokens
    from chalicelib.auth.sessions.refresh_tokens import OpenedSession, SessionRepository

TokenDelivery = Literal["cookie", "body"]

# The account id of audit events for an address without an account.
UNKNOWN_ACCOUNT = "nobody"


class LoginRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Credentials of an account.

    ``code`` is a code of the second factor or a recovery code. ``device_token`` is the token that
    an earlier login on this device returned. ``deliver`` says where the answer puts the refresh
    token; browsers use a cookie, which scripts cannot read.
    """

    email: EnteredEmail
    password: EnteredPassword
    code: Code | None = None
    device_token: Token | None = None
    deliver: TokenDelivery = "cookie"


class RefreshRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Refresh token of a session; without it the API reads the cookie."""

    refresh_token: RequiredToken | None = None


@dataclass(frozen=True, slots=True)
class IssuedTokens:
    """Tokens that a login or a refresh returns. Only a login returns a device token."""

    access_token: str
    opened: OpenedSession
    device_token: str | None = None


@dataclass(frozen=True, slots=True)
class LoginService:
    """Opens, refreshes and ends sessions."""

    accounts: AccountRepository
    sessions: SessionRepository
    second_factors: SecondFactorVerifier
    access_tokens: AccessTokens
    limits: AuthRateLimits
    audit_log: AuditLog
    device_tokens: DeviceTokens

    def log_in(self, request: LoginRequest, visitor: Visitor, device_token: str) -> IssuedTokens:
        """Open a session.

        Every attempt is counted before a password is hashed. Attempts from a known device have a
        limit of their own, see ``chalicelib.auth.credentials.device_tokens``.

        Raises:
            TooManyRequests: too many attempts were made.
            WrongCredentials: the account does not exist or the password is wrong; the error does
                not say which.
            SecondFactorRequired, WrongCode: the password is right.
        """
        account = self.accounts.find_by_email(request.email)
        self._count_attempt(account, request, visitor, device_token)
        stored = account["password"] if account else None
        if not verify_password(stored, request.password) or account is None:
            # Record unknown accounts too, because the duration must not reveal which exist.
            self.audit_log.record("log_in_failed", account["_id"] if account else UNKNOWN_ACCOUNT)
            raise WrongCredentials
        self._require_code(account, request.code)
        opened = self.sessions.open(account["_id"], visitor.device, visitor.place)
        self._require_unchanged(account, opened)
        if needs_rehash(account["password"]):
            self.accounts.set_password(account, hash_password(request.password))
        self.audit_log.record("logged_in", account["_id"], session_id=opened.session.id)
        known = self.device_tokens.find_device_id(account, device_token)
        return IssuedTokens(
            self.access_tokens.issue(to_caller(account, opened.session.id)),
            opened,
            device_token if known else self.device_tokens.issue(account),
        )

    def refresh(self, token: str) -> IssuedTokens:
        """Exchange a refresh token for an access token and the current refresh token.

        Raises:
            SessionExpired: the owner must log in again.
        """
        opened = self.sessions.refresh(token)
        try:
            account = self.accounts.get(opened.session.account_id)
        except AccountNotFound:
            raise SessionExpired from None
        caller = to_caller(account, opened.session.id)
        return IssuedTokens(self.access_tokens.issue(caller), opened)

    def end(self, caller: Caller, session_id: str) -> None:
        """End one session of the caller's account.

        Raises:
            SessionExpired: the session of the caller has ended.
            SessionNotFound: the account has no session with this id.
        """
        self.sessions.require_active(caller)
        self.sessions.end(caller.account_id, session_id)

    def end_all(self, caller: Caller) -> None:
        """End all sessions of the caller's account.

        Raises:
            SessionExpired: the session of the caller has ended.
        """
        self.sessions.require_active(caller)
        self.sessions.end_all(caller.account_id)
        self.audit_log.record("logged_out_everywhere", caller.account_id)

    def _require_code(self, account: AccountDocument, code: str | None) -> None:
        try:
            self.second_factors.require_code(account, code)
        except SecondFactorRequired:
            # Record it: the event is usual, and the first sign that a stranger knows the password.
            self.audit_log.record("second_factor_asked", account["_id"])
            raise

    def _count_attempt(
        self,
        account: AccountDocument | None,
        request: LoginRequest,
        visitor: Visitor,
        device_token: str,
    ) -> None:
        device_id = self.device_tokens.find_device_id(account, device_token)
        if account and device_id:
            self.limits.take(
                login_device=device_id, login_devices=account["_id"], login_address=visitor.address
            )
        else:
            email = normalize_email(request.email)
            self.limits.take(login_account=email, login_address=visitor.address)

    def _require_unchanged(self, account: AccountDocument, opened: OpenedSession) -> None:
        """End the new session if the credentials changed while the password was checked.

        Raises:
            WrongCredentials: they changed.
        """
        current = self.accounts.find_by_email(account["email"])
        if current is None or credentials_fingerprint(current) != credentials_fingerprint(account):
            self.sessions.end_by_token(opened.refresh_token)
            raise WrongCredentials
