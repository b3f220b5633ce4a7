"""Tokens and requests made by hand, as an attacker would make them."""

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
from chalicelib.auth.models import Caller, Role
from chalicelib.auth.sessions.access_tokens import AccessTokens
from chalicelib.auth.sessions.signing_keys import SigningKeys
from chalicelib.bootstrap.settings import SigningKey

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NOW = 1_800_000_000
ADA = Caller("01a20000-0000-7000-8000-000000000001", Role.CANDIDATE, "01a20000-0000-7000-8000-0a")
EVE = Caller("01a20000-0000-7000-8000-000000000002", Role.ADMIN, "01a20000-0000-7000-8000-0e")
INVALID = "The access token is not valid."
EXPIRED = "The access token has expired; refresh it or log in again."
NOT_YET = "The access token is not valid yet."


def make_key(kid: str = "the-first") -> SigningKey:
    """A signing key, the same whenever it has this id."""
    private = Ed25519PrivateKey.from_private_bytes(sha256(kid.encode()).digest())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return SigningKey(kid, pem.decode())


def private_half(key: SigningKey) -> Ed25519PrivateKey:
    """What signs."""
    private = load_pem_private_key(key.private_key.encode(), password=None)
    assert isinstance(private, Ed25519PrivateKey)
    return private


def base64url(content: bytes) -> str:
    """Base64 as tokens have it, without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def decoded(part: str) -> bytes:
    """What a part of a token holds."""
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def as_part(content: Any) -> str:
    """Something as a part of a token: bytes as they are, all else as JSON."""
    return base64url(content if isinstance(content, bytes) else json.dumps(content).encode())


def good_claims(**changed: Any) -> dict[str, Any]:
    """What a token for Ada claims, but for what is changed."""
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


def without(members: Mapping[str, Any], name: str) -> dict[str, Any]:
    """All members but one."""
    return {key: value for key, value in members.items() if key != name}


@dataclass(frozen=True)
class Mint:
    """Whoever has a signing key, and writes on their tokens what they like."""

    key: SigningKey

    @cached_property
    def private(self) -> Ed25519PrivateKey:
        """What signs."""
        return private_half(self.key)

    def good_header(self, **changed: Any) -> dict[str, Any]:
        """A header of this key, but for what is changed."""
        return {"alg": "EdDSA", "typ": "at+jwt", "kid": self.key.kid} | changed

    def sign(self, claims: Any = None, **header: Any) -> str:
        """A token with these claims, or good ones, and a good header but for what is changed."""
        return self.sign_with(self.good_header(**header), claims)

    def sign_with(self, header: Any, claims: Any = None) -> str:
        """A token with this very header."""
        return signed(self.private.sign, header, good_claims() if claims is None else claims)


def signed(sign: Callable[[bytes], bytes], header: Any, claims: Any) -> str:
    """A token of three parts, the last of which is made by ``sign``."""
    text = f"{as_part(header)}.{as_part(claims)}"
    return f"{text}.{base64url(sign(text.encode()))}"


def verifier(*keys: SigningKey, now: float = NOW) -> AccessTokens:
    """Access tokens of a stage that has these keys."""
    return AccessTokens(SigningKeys(lambda: keys), clock=lambda: now)


def refusal(tokens: AccessTokens, token: str) -> str:
    """What is said to a token that must be refused."""
    with pytest.raises(Unauthenticated) as caught:
        tokens.verify(token)
    assert type(caught.value) is Unauthenticated
    return caught.value.detail


def request(headers: Mapping[str, str] | None = None, address: str | None = None) -> Request:
    """A request as Chalice gives it to a view."""
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
