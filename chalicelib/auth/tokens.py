"""Access tokens: JSON Web Tokens signed with EdDSA, ten minutes long.

They say who someone is and in which role, nothing else; no server is asked to verify one.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import jwt

from chalicelib.errors import Unauthenticated

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.auth.keys import KeyRing

LIFETIME_SECONDS = 600
ISSUER = "hirelane"
AUDIENCE = "hirelane-api"
TYPE = "at+jwt"  # RFC 9068
ALGORITHM = "EdDSA"
_LONGEST = 4096


class Role(StrEnum):
    """What an account is to Hirelane."""

    CANDIDATE = "candidate"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling, as their access token says."""

    account_id: str
    role: Role


class AccessTokens:
    """Issues and verifies access tokens of one stage."""

    def __init__(self, keys: KeyRing, clock: Callable[[], float] = time.time) -> None:
        self._keys = keys
        self._clock = clock

    def issue(self, caller: Caller) -> str:
        """A token for a caller, good for ten minutes from now."""
        now = int(self._clock())
        return jwt.encode(
            {
                "iss": ISSUER,
                "aud": AUDIENCE,
                "sub": caller.account_id,
                "role": caller.role.value,
                "iat": now,
                "nbf": now,
                "exp": now + LIFETIME_SECONDS,
                "jti": secrets.token_urlsafe(12),
            },
            self._keys.signing,
            algorithm=ALGORITHM,
            headers={"kid": self._keys.active_kid, "typ": TYPE},
        )

    def verify(self, token: str) -> Caller:
        """Who a token speaks for.

        Raises:
            Unauthenticated: it is not one of ours, or not valid now. It says which of the two, for
                the client must log in again or fix itself.
        """
        if len(token) > _LONGEST:
            raise Unauthenticated("The access token is not valid.")
        try:
            header = jwt.get_unverified_header(token)
            if header.get("typ") != TYPE or header.get("crit") is not None:
                raise Unauthenticated("The access token is not valid.")
            key = self._keys.verifying[header.get("kid", "")]
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                options={
                    "require": ["exp", "nbf", "iat", "iss", "aud", "sub", "jti"],
                    # Checked below against our clock, which tests can turn.
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
            not_before, expires = int(claims["nbf"]), int(claims["exp"])
            caller = Caller(account_id=str(claims["sub"]), role=Role(claims["role"]))
        except (jwt.PyJWTError, KeyError, TypeError, ValueError) as error:
            raise Unauthenticated("The access token is not valid.") from error
        now = self._clock()
        if not_before > now + 5:
            raise Unauthenticated("The access token is not valid yet.")
        if expires <= now:
            raise Unauthenticated("The access token has expired; log in again.")
        return caller
