"""The second factor: codes of an authenticator app (TOTP, RFC 6238), and recovery codes.

The app's secret is stored encrypted, with a key that the database does not hold; recovery codes as
hashes. A code is good once.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from typing import TYPE_CHECKING, Any

import pyotp
from cryptography.fernet import Fernet

from chalicelib.auth.accounts.repository import has_second_factor
from chalicelib.auth.credentials.derived_keys import DerivedKey
from chalicelib.auth.errors import SecondFactorRequired, WrongCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymongo.collection import Collection
    from pymongo.database import Database

    from chalicelib.auth.accounts.audit_log import AuditLog
    from chalicelib.auth.rate_limits import AuthRateLimits

ISSUER = "Hirelane"
STEP_SECONDS = 30
RECOVERY_CODES = 10
# The clocks of telephones are a little wrong, and people slow (RFC 6238, 5.2).
_STEPS = (0, -1, 1)


class SecondFactorVerifier:
    """The second factors of accounts."""

    def __init__(
        self,
        database: Database[dict[str, Any]],
        secret: str,
        limits: AuthRateLimits,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._accounts: Collection[dict[str, Any]] = database["accounts"]
        key = DerivedKey(secret, "second factor").bytes
        self._cipher = Fernet(base64.urlsafe_b64encode(key))
        self._limits = limits
        self._clock = clock

    def propose(self, account: dict[str, Any]) -> tuple[str, str]:
        """Begin: a new secret, as text and as the address that an app reads from a QR code."""
        secret = pyotp.random_base32()
        encrypted = self._cipher.encrypt(secret.encode()).decode()
        proposed = {"on": False, "secret": encrypted, "last_step": 0}
        self._accounts.update_one(
            {"_id": account["_id"], "second_factor.on": {"$ne": True}},
            {"$set": {"second_factor": proposed}},
        )
        return secret, pyotp.TOTP(secret).provisioning_uri(
            name=account["email"], issuer_name=ISSUER
        )

    def enable(self, account: dict[str, Any], code: str) -> list[str] | None:
        """Switch on what was proposed, by a first code. Returns recovery codes; None if wrong."""
        step = self._step(account, code)
        if step is None:
            return None
        codes = [_new_recovery_code() for _ in range(RECOVERY_CODES)]
        done = self._accounts.update_one(
            {
                "_id": account["_id"],
                "second_factor.on": False,
                "second_factor.secret": account["second_factor"]["secret"],
            },
            {
                "$set": {
                    "second_factor.on": True,
                    "second_factor.last_step": step,
                    "second_factor.recovery": [_hash(code) for code in codes],
                }
            },
        )
        return codes if done.matched_count else None

    def verify(self, account: dict[str, Any], code: str) -> bool:
        """Whether a code is right, and uses it up.

        Raises:
            TooManyRequests: many codes were tried lately. Recovery codes, which nobody guesses, are
                not counted, so that the owner has them left.
        """
        recovered = self._accounts.update_one(
            {"_id": account["_id"], "second_factor.recovery": _hash(code)},
            {"$pull": {"second_factor.recovery": _hash(code)}},
        )
        if recovered.matched_count:
            return True
        self._limits.take(code_account=account["_id"])
        step = self._step(account, code)
        if step is None:
            return False
        done = self._accounts.update_one(
            {"_id": account["_id"], "second_factor.last_step": {"$lt": step}},
            {"$set": {"second_factor.last_step": step}},
        )
        return bool(done.matched_count)

    def disable(self, account: dict[str, Any]) -> None:
        """Switch it off."""
        self._accounts.update_one({"_id": account["_id"]}, {"$unset": {"second_factor": ""}})

    def _step(self, account: dict[str, Any], code: str) -> int | None:
        """Which step of time a code is of; None if of none about now."""
        stored = account.get("second_factor")
        if stored is None:
            return None
        totp = pyotp.TOTP(self._cipher.decrypt(stored["secret"].encode()).decode())
        now = int(self._clock()) // STEP_SECONDS
        given = "".join(code.split()).encode()
        for step in _STEPS:
            expected = totp.generate_otp(now + step).encode()
            if hmac.compare_digest(expected, given):
                return now + step
        return None


def demand_code(
    factors: SecondFactorVerifier, audit: AuditLog, account: dict[str, Any], code: str | None
) -> None:
    """Go on only with a right code, where the second factor is on.

    Raises:
        SecondFactorRequired: none was sent.
        WrongCode: it is not right; that is noted.
        TooManyRequests: many were tried lately.
    """
    if not has_second_factor(account):
        return
    if not code:
        raise SecondFactorRequired
    if not factors.verify(account, code):
        audit.record("second_factor_failed", account["_id"])
        raise WrongCode


def _new_recovery_code() -> str:
    """80 random bits, in four groups of letters and digits."""
    text = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    return "-".join(text[at : at + 4] for at in range(0, 16, 4))


def _hash(code: str) -> str:
    plain = code.strip().lower().replace("-", "").replace(" ", "")
    return hashlib.sha256(plain.encode()).hexdigest()
