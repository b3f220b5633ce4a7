"""Logging in: with a password and, where it is on, a second factor; staying so by refreshing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import msgspec

from chalicelib.auth.accounts.repository import credentials_fingerprint, to_caller
from chalicelib.auth.credentials.passwords import hash_password, needs_rehash, verify_password
from chalicelib.auth.credentials.second_factor import demand_code
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

# In audit events, the account of an address that has none.
UNKNOWN_ACCOUNT = "nobody"


class LoginRequest(msgspec.Struct, forbid_unknown_fields=True):
    """What someone sends to log in.

    ``code`` is of the second factor, or a recovery code. ``device_token`` is what an earlier log-in
    on this device gave. ``deliver`` says how the refresh token is wanted; a browser takes it as a
    cookie that no script can read.
    """

    email: EnteredEmail
    password: EnteredPassword
    code: Code | None = None
    device_token: Token | None = None
    deliver: TokenDelivery = "cookie"


class RefreshRequest(msgspec.Struct, forbid_unknown_fields=True):
    """What someone sends to refresh or to log out; without a token, the cookie is meant."""

    refresh_token: RequiredToken | None = None


@dataclass(frozen=True, slots=True)
class IssuedTokens:
    """What proves from now on who someone is."""

    access_token: str
    opened: OpenedSession
    device_token: str | None = None


@dataclass(frozen=True, slots=True)
class LoginService:
    """Log in, refresh, log out."""

    accounts: AccountRepository
    sessions: SessionRepository
    second_factors: SecondFactorVerifier
    tokens: AccessTokens
    limits: AuthRateLimits
    audit: AuditLog
    devices: DeviceTokens

    def log_in(
        self, credentials: LoginRequest, visitor: Visitor, device_token: str
    ) -> IssuedTokens:
        """Open a session.

        Attempts are counted before anything is hashed. Those of a device that logged in to this
        account before are counted by themselves (chalicelib.auth.credentials.device_tokens).

        Raises:
            TooManyRequests: there were many attempts.
            WrongCredentials: no such account or not its password; which of them is not told.
            SecondFactorRequired, WrongCode: the password is right.
        """
        account = self.accounts.find_by_email(credentials.email)
        self._count(account, credentials, visitor, device_token)
        stored = account["password"] if account else None
        if not verify_password(stored, credentials.password) or account is None:
            # For nobody too: the time that it takes must not tell whether there is an account.
            self.audit.record("log_in_failed", account["_id"] if account else UNKNOWN_ACCOUNT)
            raise WrongCredentials
        self._second_factor(account, credentials.code)
        opened = self.sessions.open(account["_id"], visitor.device, visitor.place)
        self._look_again(account, opened)
        if needs_rehash(account["password"]):
            self.accounts.set_password(account, hash_password(credentials.password))
        self.audit.record("logged_in", account["_id"], session_id=opened.session.id)
        known = self.devices.find_device_id(account, device_token)
        return IssuedTokens(
            self.tokens.issue(to_caller(account, opened.session.id)),
            opened,
            device_token if known else self.devices.issue(account),
        )

    def refresh(self, token: str) -> IssuedTokens:
        """Exchange a refresh token for an access token and the next refresh token.

        Raises:
            SessionExpired: log in again.
        """
        opened = self.sessions.refresh(token)
        try:
            account = self.accounts.get(opened.session.account_id)
        except AccountNotFound:
            raise SessionExpired from None
        return IssuedTokens(self.tokens.issue(to_caller(account, opened.session.id)), opened)

    def end_all(self, caller: Caller) -> None:
        """Log out everywhere: no session is prolonged any more."""
        self.sessions.end_all(caller.account_id)
        self.audit.record("logged_out_everywhere", caller.account_id)

    def _second_factor(self, account: AccountDocument, code: str | None) -> None:
        try:
            demand_code(self.second_factors, self.audit, account, code)
        except SecondFactorRequired:
            # Usual, and what shows first that somebody else knows the password.
            self.audit.record("second_factor_asked", account["_id"])
            raise

    def _count(
        self,
        account: AccountDocument | None,
        credentials: LoginRequest,
        visitor: Visitor,
        token: str,
    ) -> None:
        device = self.devices.find_device_id(account, token)
        if account and device:
            self.limits.take(
                login_device=device, login_devices=account["_id"], login_address=visitor.address
            )
        else:
            self.limits.take(
                login_account=normalize_email(credentials.email), login_address=visitor.address
            )

    def _look_again(self, account: AccountDocument, opened: OpenedSession) -> None:
        """Checking a password takes its time: it may have been changed meanwhile."""
        now = self.accounts.find_by_email(account["email"])
        if now is None or credentials_fingerprint(now) != credentials_fingerprint(account):
            self.sessions.end_by_token(opened.refresh_token)
            raise WrongCredentials
