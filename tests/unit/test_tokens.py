"""Access tokens: what we issue is accepted, everything else is not."""

from __future__ import annotations

import base64
import json
from typing import Any

import jwt
import pytest

from chalicelib.auth.keys import KeyRing, generate_signing_key
from chalicelib.auth.tokens import (
    ALGORITHM,
    AUDIENCE,
    ISSUER,
    LIFETIME_SECONDS,
    TYPE,
    AccessTokens,
    Caller,
    Role,
)
from chalicelib.config import SigningKey
from chalicelib.errors import Unauthenticated

NOW = 1_800_000_000
ADA = Caller("01a20000-0000-7000-8000-000000000001", Role.CANDIDATE)


def make_key() -> SigningKey:
    return SigningKey(**generate_signing_key())


@pytest.fixture
def keys() -> KeyRing:
    return KeyRing([make_key()])


@pytest.fixture
def tokens(keys: KeyRing) -> AccessTokens:
    return AccessTokens(keys, clock=lambda: NOW)


def claims(**changed: Any) -> dict[str, Any]:
    good = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": ADA.account_id,
        "role": "candidate",
        "iat": NOW,
        "nbf": NOW,
        "exp": NOW + 60,
        "jti": "x",
    }
    return {name: value for name, value in (good | changed).items() if value is not None}


def sign(keys: KeyRing, payload: dict[str, Any], **header: Any) -> str:
    headers = {"kid": keys.active_kid, "typ": TYPE} | header
    return jwt.encode(payload, keys.signing, algorithm=ALGORITHM, headers=headers)


def test_an_issued_token_is_accepted(tokens: AccessTokens) -> None:
    assert tokens.verify(tokens.issue(ADA)) == ADA


def test_a_token_signed_by_hand_with_our_key_is_accepted(
    tokens: AccessTokens, keys: KeyRing
) -> None:
    """The refusals below are then due to what each of them changes."""
    assert tokens.verify(sign(keys, claims())) == ADA


def test_a_token_expires_after_ten_minutes(keys: KeyRing) -> None:
    token = AccessTokens(keys, clock=lambda: NOW).issue(ADA)
    AccessTokens(keys, clock=lambda: NOW + LIFETIME_SECONDS - 1).verify(token)
    with pytest.raises(Unauthenticated, match="expired"):
        AccessTokens(keys, clock=lambda: NOW + LIFETIME_SECONDS).verify(token)


@pytest.mark.parametrize("missing", ["exp", "nbf", "iat", "iss", "aud", "sub", "jti", "role"])
def test_a_missing_claim_is_refused(tokens: AccessTokens, keys: KeyRing, missing: str) -> None:
    with pytest.raises(Unauthenticated):
        tokens.verify(sign(keys, claims(**{missing: None})))


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "someone"},
        {"aud": "someone"},
        {"role": "admin"},
        {"exp": "soon"},
        {"nbf": NOW + 3600},
        {"exp": NOW - 1},
        {"sub": 7},
    ],
    ids=str,
)
def test_a_wrong_claim_is_refused(
    tokens: AccessTokens, keys: KeyRing, wrong: dict[str, Any]
) -> None:
    with pytest.raises(Unauthenticated):
        tokens.verify(sign(keys, claims(**wrong)))


@pytest.mark.parametrize(
    "header",
    [{"typ": "JWT"}, {"typ": None}, {"kid": "unknown"}, {"kid": ""}, {"crit": ["x"]}],
    ids=str,
)
def test_a_wrong_header_is_refused(
    tokens: AccessTokens, keys: KeyRing, header: dict[str, Any]
) -> None:
    with pytest.raises(Unauthenticated):
        tokens.verify(sign(keys, claims(), **header))


def test_a_token_of_another_key_with_our_key_id_is_refused(
    tokens: AccessTokens, keys: KeyRing
) -> None:
    stranger = KeyRing([make_key()])
    forged = jwt.encode(
        claims(),
        stranger.signing,
        algorithm=ALGORITHM,
        headers={"kid": keys.active_kid, "typ": TYPE},
    )
    with pytest.raises(Unauthenticated):
        tokens.verify(forged)


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE"])
def test_alg_none_is_refused(tokens: AccessTokens, keys: KeyRing, algorithm: str) -> None:
    def part(content: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()

    header = part({"alg": algorithm, "typ": TYPE, "kid": keys.active_kid})
    with pytest.raises(Unauthenticated):
        tokens.verify(f"{header}.{part(claims())}.")


@pytest.mark.parametrize("junk", ["", "x", "a.b.c", "....", "é.é.é", "A" * 5000, "null.null.null"])
def test_junk_is_refused(tokens: AccessTokens, junk: str) -> None:
    with pytest.raises(Unauthenticated):
        tokens.verify(junk)


def test_after_a_rotation_old_tokens_are_still_accepted() -> None:
    old, new = make_key(), make_key()
    token = AccessTokens(KeyRing([old]), clock=lambda: NOW).issue(ADA)
    rotated = AccessTokens(KeyRing([new, old]), clock=lambda: NOW)
    assert rotated.verify(token) == ADA
    assert jwt.get_unverified_header(rotated.issue(ADA))["kid"] == new.kid


def test_the_key_set_holds_no_private_part(keys: KeyRing) -> None:
    [key] = keys.jwks()["keys"]
    assert set(key) == {"kty", "crv", "x", "kid", "use", "alg"}
