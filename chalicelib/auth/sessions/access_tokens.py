"""Access tokens: JSON Web Tokens with an EdDSA signature, valid for ten minutes.

They name an account, its role and its session, nothing else. Verification needs no store. It is
the most expensive part of a request, so the results are cached.
"""

from __future__ import annotations

import base64
import re
import secrets
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import jwt
import msgspec

from chalicelib.auth.errors import Unauthenticated
from chalicelib.auth.models import FORMER_RECRUITER, Caller, Role, read_role

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.auth.sessions.signing_keys import KeyRing, SigningKeys

LIFETIME_SECONDS = 600
ISSUER = "hirelane"
AUDIENCE = "hirelane-api"
TYPE = "at+jwt"  # RFC 9068
ALGORITHM = "EdDSA"
CLOCK_SKEW_SECONDS = 5
# Our own tokens have about 450 characters, so a full cache takes half a megabyte, at most 4 MB.
MAX_VERIFIED = 1024
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


class _Header(msgspec.Struct, frozen=True):
    """The member of a token's header that selects the key. It is not verified."""

    kid: str


class _VerifiedToken(NamedTuple):
    """A token with a valid signature: whom it names, and when it is valid (Unix time)."""

    caller: Caller
    not_before: int
    expires_at: int


class AccessTokens:
    """Issues and verifies access tokens.

    It keeps the last ``MAX_VERIFIED`` tokens whose signature it verified, and forgets them when the
    signing keys are read again. So a token of a removed key is refused no later than without the
    cache. Times are compared on each call.

    Args:
        keys: sign and verify the tokens.
        clock: returns the current time in seconds since 1970.
    """

    def __init__(self, keys: SigningKeys, clock: Callable[[], float] = time.time) -> None:
        self._keys = keys
        self._clock = clock
        self._verified: dict[str, _VerifiedToken] = {}
        self._verified_with: KeyRing | None = None

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
        verified = self._find_verified(token) or self._verify_signature(token)
        now = self._clock()
        if verified.not_before > now + CLOCK_SKEW_SECONDS:
            raise Unauthenticated("The access token is not valid yet.")
        if verified.expires_at <= now:
            self._verified.pop(token, None)
            raise Unauthenticated("The access token has expired; refresh it or log in again.")
        return verified.caller

    def _find_verified(self, token: str) -> _VerifiedToken | None:
        ring = self._keys.ring
        if self._verified_with is not ring:
            self._verified_with = ring
            self._verified.clear()
        return self._verified.get(token)

    def _verify_signature(self, token: str) -> _VerifiedToken:
        claims = self._read(token)
        caller = Caller(claims["sub"], read_role(claims["role"]), claims["sid"])
        verified = _VerifiedToken(caller, claims["nbf"], claims["exp"])
        if len(self._verified) >= MAX_VERIFIED:
            # The oldest entry is the one that expires first, or nearly.
            self._verified.pop(next(iter(self._verified)), None)
        self._verified[token] = verified
        return verified

    def _read(self, token: str) -> dict[str, Any]:
        """Verify the signature and the types of the claims. Return the claims."""
        invalid = Unauthenticated("The access token is not valid.")
        if len(token) > _MAX_LENGTH or not _FORMAT.fullmatch(token):
            raise invalid
        try:
            kid = _read_key_id(token)
            key = self._keys.find_public_key(kid)
            if key is None:
                raise invalid
            complete = jwt.decode_complete(
                token,
                key,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                options=_OPTIONS,
            )
            # Nothing reads the other members of the header (jwk, jku, x5u, ...).
            header: dict[str, Any] = complete["header"]
            if header.get("kid") != kid or header.get("typ") != TYPE or "crit" in header:
                raise invalid
            claims: dict[str, Any] = complete["payload"]
            well_typed = (
                all(type(claims[name]) is str for name in ("sub", "sid", "role"))
                and all(type(claims[name]) is int for name in ("exp", "nbf", "iat"))
                and claims["role"] in {*Role, FORMER_RECRUITER}
                and claims["exp"] - claims["iat"] <= LIFETIME_SECONDS
            )
        except (
            jwt.PyJWTError,
            msgspec.MsgspecError,
            KeyError,
            ValueError,
            RecursionError,
        ) as error:
            raise invalid from error
        if not well_typed:
            raise invalid
        return claims


def _read_key_id(token: str) -> str:
    """Return the key id in the header of a token, before anything is verified.

    PyJWT would parse the whole token for that, character by character.

    Raises:
        ValueError, msgspec.MsgspecError: the header is not base64url of a JSON object with a text
            ``kid``.
    """
    header = token.partition(".")[0]
    # Python ignores superfluous padding.
    return msgspec.json.decode(base64.urlsafe_b64decode(f"{header}=="), type=_Header).kid
