"""Second factor: codes of an authenticator app (TOTP, RFC 6238) and recovery codes.

The secret of the app is stored encrypted, with a key that is not in the database. Recovery codes
are stored as hashes. Every code works once.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
import unicodedata
from typing import TYPE_CHECKING

import pyotp
from cryptography.fernet import Fernet

from chalicelib.auth.accounts.repository import has_second_factor
from chalicelib.auth.credentials.derived_keys import DerivedKey
from chalicelib.auth.errors import SecondFactorRequired, WrongCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.auth.accounts.audit_log import AuditLog
    from chalicelib.auth.accounts.repository import AccountDocument, AccountRepository
    from chalicelib.auth.rate_limits import AuthRateLimits

ISSUER = "Hirelane"
STEP_SECONDS = 30
RECOVERY_CODES = 10
# Accept the codes of the steps before and after the current one, because the clocks of phones
# differ and people need time to type (RFC 6238, section 5.2).
_STEPS = (0, -1, 1)
# Recovery codes are base32 (RFC 4648), which has none of these, so they can only be misread. A
# Turkish keyboard types a small i without a dot.
_MISREAD = str.maketrans({"0": "o", "1": "l", "8": "b", "\u0131": "i"})


class SecondFactorVerifier:
    """Creates second factors and verifies their codes.

    Args:
        accounts: store the second factors.
        secret: the secret of the API; the encryption key is derived from it.
        limits: count wrong codes.
        audit_log: records wrong codes.
        clock: returns the current time in seconds since 1970.
    """

    def __init__(
        self,
        accounts: AccountRepository,
        secret: str,
        limits: AuthRateLimits,
        audit_log: AuditLog,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._accounts = accounts
        key = DerivedKey(secret, "second factor").bytes
        self._cipher = Fernet(base64.urlsafe_b64encode(key))
        self._limits = limits
        self._audit_log = audit_log
        self._clock = clock

    def propose(self, account: AccountDocument) -> tuple[str, str]:
        """Store a new secret that is not enabled yet.

        Returns:
            The secret, and the ``otpauth:`` address that an authenticator app reads from a QR code.
        """
        secret = pyotp.random_base32()
        encrypted = self._cipher.encrypt(secret.encode()).decode()
        self._accounts.propose_second_factor(account["_id"], encrypted)
        return secret, pyotp.TOTP(secret).provisioning_uri(
            name=account["email"], issuer_name=ISSUER
        )

    def enable(self, account: AccountDocument, code: str) -> list[str] | None:
        """Enable the proposed second factor.

        Args:
            account: the account with the proposal.
            code: the first code of the app.

        Returns:
            The recovery codes, or None if the code is wrong or the proposal has changed.
        """
        step = self._find_step(account, code)
        if step is None:
            return None
        codes = [_new_recovery_code() for _ in range(RECOVERY_CODES)]
        enabled = self._accounts.enable_second_factor(account, step, list(map(_hash, codes)))
        return codes if enabled else None

    def require_code(self, account: AccountDocument, code: str | None) -> None:
        """Check the code of an account with a second factor; accept any other account.

        Raises:
            SecondFactorRequired: the code is missing.
            WrongCode: the code is wrong; the audit log records that.
            TooManyRequests: too many codes were tried.
        """
        if not has_second_factor(account):
            return
        if not code:
            raise SecondFactorRequired
        if not self.verify(account, code):
            self._audit_log.record("second_factor_failed", account["_id"])
            raise WrongCode

    def verify(self, account: AccountDocument, code: str) -> bool:
        """Return whether a code of the app or a recovery code is right, and use it.

        Raises:
            TooManyRequests: too many codes were tried. Recovery codes are not counted, because
                nobody can guess them, so the owner can still use theirs.
        """
        if self._accounts.use_recovery_code(account["_id"], _hash(code)):
            return True
        self._limits.take(code_account=account["_id"])
        step = self._find_step(account, code)
        return step is not None and self._accounts.use_time_step(account["_id"], step)

    def disable(self, account: AccountDocument) -> None:
        """Remove the second factor of an account."""
        self._accounts.remove_second_factor(account["_id"])

    def _find_step(self, account: AccountDocument, code: str) -> int | None:
        """Return the time step that a code of the app belongs to, or None if it is wrong."""
        stored = account.get("second_factor")
        if stored is None:
            return None
        totp = pyotp.TOTP(self._cipher.decrypt(stored["secret"].encode()).decode())
        now = int(self._clock()) // STEP_SECONDS
        given = normalize_code(code).encode()
        for step in _STEPS:
            expected = totp.generate_otp(now + step).encode()
            if hmac.compare_digest(expected, given):
                return now + step
        return None


def _new_recovery_code() -> str:
    """Return 80 random bits in four groups of letters and digits."""
    text = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    return "-".join(text[at : at + 4] for at in range(0, 16, 4))


def normalize_code(code: str) -> str:
    """Return the letters and digits of a code as it was typed or pasted.

    Dashes, blanks, dots, quotes and invisible characters of any kind are left out. Digits of every
    script and full-width characters become ASCII, and letters become small.
    """
    characters = unicodedata.normalize("NFKC", code).casefold()
    return "".join(
        str(unicodedata.decimal(character, character))
        for character in characters
        if character.isalnum()
    )


def _hash(code: str) -> str:
    plain = normalize_code(code).translate(_MISREAD)
    return hashlib.sha256(plain.encode()).hexdigest()
