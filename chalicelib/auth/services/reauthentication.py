"""Reauthentication: the owner enters the password again before a change of the account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from chalicelib.auth.credentials.passwords import verify_password
from chalicelib.auth.errors import WrongPassword
from chalicelib.auth.fields import Code, EnteredPassword

if TYPE_CHECKING:
    from chalicelib.auth.accounts.audit_log import AuditLog
    from chalicelib.auth.accounts.repository import AccountDocument, AccountRepository
    from chalicelib.auth.credentials.second_factor import SecondFactorVerifier
    from chalicelib.auth.models import Caller
    from chalicelib.auth.rate_limits import AuthRateLimits
    from chalicelib.auth.sessions.refresh_tokens import SessionRepository


class Reauthentication(msgspec.Struct, forbid_unknown_fields=True):
    """Password of the caller; ``code`` is required if the second factor is enabled."""

    password: EnteredPassword
    code: Code | None = None


@dataclass(frozen=True, slots=True)
class Reauthenticator:
    """Confirms that a caller owns the account.

    An access token alone does not prove that, because someone else may use a browser that its owner
    left open.
    """

    accounts: AccountRepository
    sessions: SessionRepository
    second_factors: SecondFactorVerifier
    limits: AuthRateLimits
    audit_log: AuditLog

    def require_session(self, caller: Caller) -> AccountDocument:
        """Return the account of the caller.

        Raises:
            SessionExpired: the session has ended since the access token was issued.
            AccountNotFound: the account has been deleted.
        """
        self.sessions.require_active(caller)
        return self.accounts.get(caller.account_id)

    def count_attempt(self, caller: Caller) -> None:
        """Count an attempt with a password or code.

        Attempts are counted by session and not by account, so that the holder of a stolen token
        cannot use up the attempts of the owner.

        Raises:
            TooManyRequests: this session made too many attempts.
        """
        self.limits.take(password_session=caller.session_id)

    def check_password(self, caller: Caller, password: str) -> AccountDocument:
        """Check the password. Return the account of the caller.

        Raises:
            TooManyRequests: this session made too many attempts.
            SessionExpired, AccountNotFound: see ``require_session``.
            WrongPassword: the password is wrong; the audit log records that.
        """
        self.count_attempt(caller)
        account = self.require_session(caller)
        if not verify_password(account["password"], password):
            self.audit_log.record("password_refused", account["_id"], session_id=caller.session_id)
            raise WrongPassword
        return account

    def check(self, caller: Caller, password: str, code: str | None) -> AccountDocument:
        """Check the password and, if the second factor is enabled, the code.

        Returns:
            The account of the caller.

        Raises:
            TooManyRequests, SessionExpired, AccountNotFound, WrongPassword: see ``check_password``.
            SecondFactorRequired: the code is missing.
            WrongCode: the code is wrong; the audit log records that.
        """
        account = self.check_password(caller, password)
        self.second_factors.require_code(account, code)
        return account
