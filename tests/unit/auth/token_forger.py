"""TokenForger: makes tokens and requests as an attacker would."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from chalice.app import Request
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from chalicelib.auth.errors import Unauthenticated
from chalicelib.auth.models import Caller, Role, SigningKey
from chalicelib.auth.sessions.access_tokens import AccessTokens
from chalicelib.auth.sessions.signing_keys import SigningKeys

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NOW = 1_800_000_000
ADA = Caller("01a20000-0000-7000-8000-000000000001", Role.CANDIDATE, "01a20000-0000-7000-8000-0a")
EVE = Caller("01a20000-0000-7000-8000-000000000002", Role.ADMIN, "01a20000-0000-7000-8000-0e")
INVALID = "The access token is not valid."
EXPIRED = "The access token has expired; refresh it or log in again."
NOT_YET = "The access token is not valid yet."


def make_key(kid: str = "the-first") -> SigningKey:
    """Return a signing key that depends on its id only."""
    private = Ed25519PrivateKey.from_private_bytes(sha256(kid.encode()).digest())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return SigningKey(kid, pem.decode())


def load_private_key(key: SigningKey) -> Ed25519PrivateKey:
    """Return the private key of a signing key."""
    private = load_pem_private_key(key.private_key.encode(), password=None)
    assert isinstance(private, Ed25519PrivateKey)
    return private


def base64url(content: bytes) -> str:
    """Encode bytes in URL-safe base64 without padding, as tokens do."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def decode_part(part: str) -> bytes:
    """Decode a part of a token."""
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def encode_part(content: Any) -> str:
    """Encode bytes, or anything else as JSON, as a part of a token."""
    return base64url(content if isinstance(content, bytes) else json.dumps(content).encode())


def valid_claims(**changed: Any) -> dict[str, Any]:
    """Return valid claims for Ada, with some changed."""
    good = {
        "iss": "hirelane",
        "aud": "hirelane-api",
        "sub": ADA.account_id,
        "role": "candidate",
        "sid": ADA.session_id,
        "iat": NOW,
        "nbf": NOW,
        "exp": NOW + 60,
        "jti": "x",
    }
    return good | changed


def without_member(members: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return all members except one."""
    return {key: value for key, value in members.items() if key != name}


@dataclass(frozen=True)
class TokenForger:
    """Signs arbitrary headers and claims with one key."""

    key: SigningKey

    @cached_property
    def private(self) -> Ed25519PrivateKey:
        """The private key."""
        return load_private_key(self.key)

    def valid_header(self, **changed: Any) -> dict[str, Any]:
        """Return a valid header for this key, with some members changed."""
        return {"alg": "EdDSA", "typ": "at+jwt", "kid": self.key.kid} | changed

    def sign(self, claims: Any = None, **header: Any) -> str:
        """Return a token with these or valid claims, and a header with some members changed."""
        return self.sign_with(self.valid_header(**header), claims)

    def sign_with(self, header: Any, claims: Any = None) -> str:
        """Return a token with exactly this header."""
        return sign_token(self.private.sign, header, valid_claims() if claims is None else claims)


def sign_token(sign: Callable[[bytes], bytes], header: Any, claims: Any) -> str:
    """Return a token whose third part is the result of ``sign``."""
    text = f"{encode_part(header)}.{encode_part(claims)}"
    return f"{text}.{base64url(sign(text.encode()))}"


def make_access_tokens(*keys: SigningKey, now: float = NOW) -> AccessTokens:
    """Return a verifier with these signing keys and a fixed clock."""
    return AccessTokens(SigningKeys(lambda: keys), clock=lambda: now)


def rejection(tokens: AccessTokens, token: str) -> str:
    """Return the detail with which a token is rejected."""
    with pytest.raises(Unauthenticated) as caught:
        tokens.verify(token)
    assert type(caught.value) is Unauthenticated
    return caught.value.detail


def make_request(headers: Mapping[str, str] | None = None, address: str | None = None) -> Request:
    """Return a request as Chalice passes it to a view."""
    identity = {} if address is None else {"sourceIp": address}
    context = {"httpMethod": "GET", "resourcePath": "/", "identity": identity}
    return Request(
        {
            "multiValueQueryStringParameters": None,
            "headers": dict(headers or {}),
            "pathParameters": None,
            "requestContext": context,
            "body": None,
            "stageVariables": None,
        }
    )
