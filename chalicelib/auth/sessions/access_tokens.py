"""Access tokens: JSON Web Tokens with an EdDSA signature, valid for ten minutes.

They name an account, its role and its session, nothing else. Verification needs no store.
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
_MAX_LENGTH = 4096
# Three parts of base64url without padding (RFC 7515). The last part encodes 64 bytes, so four bits
# of its last character are unused. They must be 0, so that each token has one spelling only.
_FORMAT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{85}[AQgw]")
_REQUIRED = ["exp", "nbf", "iat", "iss", "aud", "sub", "jti"]
# Times are checked against the clock of AccessTokens, which tests can set.
_OPTIONS: Any = {
    "require": _REQUIRED,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "strict_aud": True,
}


class AccessTokens:
    """Issues and verifies access tokens.

    Args:
        keys: sign and verify the tokens.
        clock: returns the current time in seconds since 1970.
    """

    def __init__(self, keys: SigningKeys, clock: Callable[[], float] = time.time) -> None:
        self._keys = keys
        self._clock = clock

    def issue(self, caller: Caller) -> str:
        """Return a token for a caller."""
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
        """Return the caller that a token names.

        Raises:
            Unauthenticated: the token is forged, not valid yet or expired. The detail distinguishes
                these cases, because a client can correct an expired token by refreshing.
        """
        claims = self._read(token)
        now = self._clock()
        if claims["nbf"] > now + CLOCK_SKEW_SECONDS:
            raise Unauthenticated("The access token is not valid yet.")
        if claims["exp"] <= now:
            raise Unauthenticated("The access token has expired; refresh it or log in again.")
        return Caller(claims["sub"], Role(claims["role"]), claims["sid"], claims.get("employer"))

    def _read(self, token: str) -> dict[str, Any]:
        """Verify the signature and the types of the claims. Return the claims."""
        invalid = Unauthenticated("The access token is not valid.")
        if len(token) > _MAX_LENGTH or not _FORMAT.fullmatch(token):
            raise invalid
        try:
            header = jwt.get_unverified_header(token)
            # Nothing reads the other members of the header (jwk, jku, x5u, ...).
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
            well_typed = (
                all(type(claims[name]) is str for name in ("sub", "sid", "role"))
                and all(type(claims[name]) is int for name in ("exp", "nbf", "iat"))
                and type(claims.get("employer", "")) is str
                and claims["role"] in set(Role)
                and claims["exp"] - claims["iat"] <= LIFETIME_SECONDS
            )
        except (jwt.PyJWTError, KeyError, ValueError, RecursionError) as error:
            raise invalid from error
        if not well_typed:
            raise invalid
        return claims
