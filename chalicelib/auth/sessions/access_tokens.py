"""Access tokens: JSON Web Tokens signed with EdDSA, ten minutes long.

They say who someone is, in which role and in which session, nothing else; no server is asked to
verify one.
"""

from __future__ import annotations

import re
import secrets
import time
from typing import TYPE_CHECKING, Any

import jwt

from chalicelib.auth.errors import Unauthenticated
from chalicelib.auth.models import Caller, Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.auth.sessions.signing_keys import SigningKeys

LIFETIME_SECONDS = 600
ISSUER = "hirelane"
AUDIENCE = "hirelane-api"
TYPE = "at+jwt"  # RFC 9068
ALGORITHM = "EdDSA"
CLOCK_SKEW_SECONDS = 5
_LONGEST = 4096
# Three parts of base64url without padding (RFC 7515), the last of 64 bytes: its last character has
# four bits that say nothing, and must be 0, so that a token is written in one way only.
_WRITTEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{85}[AQgw]")
_REQUIRED = ["exp", "nbf", "iat", "iss", "aud", "sub", "jti"]
# Times are checked against our clock, which tests can turn.
_OPTIONS: Any = {
    "require": _REQUIRED,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "strict_aud": True,
}


class AccessTokens:
    """Issues and verifies access tokens of one stage."""

    def __init__(self, keys: SigningKeys, clock: Callable[[], float] = time.time) -> None:
        self._keys = keys
        self._clock = clock

    def issue(self, caller: Caller) -> str:
        """A token for a caller, good for ten minutes from now."""
        now = int(self._clock())
        ring = self._keys.ring
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": caller.account_id,
            "role": caller.role.value,
            "sid": caller.session_id,
            "iat": now,
            "nbf": now,
            "exp": now + LIFETIME_SECONDS,
            "jti": secrets.token_urlsafe(12),
        }
        if caller.employer_id is not None:
            claims["employer"] = caller.employer_id
        return jwt.encode(
            claims,
            ring.signing_key,
            algorithm=ALGORITHM,
            headers={"kid": ring.active_kid, "typ": TYPE},
        )

    def verify(self, token: str) -> Caller:
        """Who a token speaks for.

        Raises:
            Unauthenticated: it is not one of ours, or not valid now. It says which of the two, for
                the client must log in again or fix itself.
        """
        claims = self._read(token)
        now = self._clock()
        if claims["nbf"] > now + CLOCK_SKEW_SECONDS:
            raise Unauthenticated("The access token is not valid yet.")
        if claims["exp"] <= now:
            raise Unauthenticated("The access token has expired; refresh it or log in again.")
        return Caller(claims["sub"], Role(claims["role"]), claims["sid"], claims.get("employer"))

    def _read(self, token: str) -> dict[str, Any]:
        """The claims of a token that we signed, their types checked."""
        invalid = Unauthenticated("The access token is not valid.")
        if len(token) > _LONGEST or not _WRITTEN.fullmatch(token):
            raise invalid
        try:
            header = jwt.get_unverified_header(token)
            # What else a header may hold (jwk, jku, x5u, ...) is read by nobody.
            key = self._keys.find_public_key(str(header.get("kid")))
            if key is None or header.get("typ") != TYPE or "crit" in header:
                raise invalid
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                options=_OPTIONS,
            )
            typed = (
                all(type(claims[name]) is str for name in ("sub", "sid", "role"))
                and all(type(claims[name]) is int for name in ("exp", "nbf", "iat"))
                and type(claims.get("employer", "")) is str
                and claims["role"] in set(Role)
                and claims["exp"] - claims["iat"] <= LIFETIME_SECONDS
            )
        except (jwt.PyJWTError, KeyError, ValueError, RecursionError) as error:
            raise invalid from error
        if not typed:
            raise invalid
        return claims
