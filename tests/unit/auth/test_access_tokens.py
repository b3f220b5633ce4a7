"""Access tokens: their content and how long they are valid."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from jwt.algorithms import OKPAlgorithm

from chalicelib.auth.models import Caller, Role
from chalicelib.auth.sessions import access_tokens
from chalicelib.auth.sessions.access_tokens import AccessTokens
from chalicelib.auth.sessions.signing_keys import RELOAD_SECONDS, SigningKeys
from tests.unit.auth.token_forger import (
    ADA,
    EXPIRED,
    INVALID,
    NOT_YET,
    NOW,
    TokenForger,
    decode_part,
    encode_part,
    make_access_tokens,
    make_key,
    rejection,
    valid_claims,
)

if TYPE_CHECKING:
    from chalicelib.auth.models import SigningKey

ADMIN = Caller("an-account", Role.ADMIN, "a-session")


def read(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    header, claims, _ = token.split(".")
    return json.loads(decode_part(header)), json.loads(decode_part(claims))


@pytest.mark.parametrize("caller", [ADA, ADMIN], ids=lambda caller: caller.role)
def test_issued_token_is_accepted(tokens: AccessTokens, caller: Caller) -> None:
    assert tokens.verify(tokens.issue(caller)) == caller


def test_issued_token_has_these_claims(tokens: AccessTokens) -> None:
    header, claims = read(tokens.issue(ADA))
    assert header == {"alg": "EdDSA", "kid": "the-first", "typ": "at+jwt"}
    assert re.fullmatch(r"[A-Za-z0-9_-]{16}", claims.pop("jti"))
    assert claims == {
        "iss": "hirelane",
        "aud": "hirelane-api",
        "sub": ADA.account_id,
        "role": "candidate",
        "sid": ADA.session_id,
        "iat": NOW,
        "nbf": NOW,
        "exp": NOW + 600,
    }


def test_token_of_an_earlier_version_names_a_candidate(forger: TokenForger) -> None:
    claims = valid_claims(role="recruiter", employer="an-employer")
    caller = make_access_tokens(forger.key).verify(forger.sign(claims))
    assert caller == Caller(claims["sub"], Role.CANDIDATE, claims["sid"])


def test_token_ids_are_unique(tokens: AccessTokens) -> None:
    assert len({read(tokens.issue(ADA))[1]["jti"] for _ in range(100)}) == 100


def test_times_are_rounded_down_to_seconds(key: SigningKey) -> None:
    _, claims = read(make_access_tokens(key, now=NOW + 0.9).issue(ADA))
    assert (claims["iat"], claims["nbf"], claims["exp"]) == (NOW, NOW, NOW + 600)


def test_default_clock_is_the_system_time(key: SigningKey) -> None:
    tokens = AccessTokens(SigningKeys(lambda: [key]))
    before = int(time.time())
    token = tokens.issue(ADA)
    assert before <= read(token)[1]["iat"] <= time.time()
    assert tokens.verify(token) == ADA


def test_token_is_valid_until_its_last_millisecond(key: SigningKey) -> None:
    token = make_access_tokens(key).issue(ADA)
    assert make_access_tokens(key, now=NOW + 599).verify(token) == ADA
    assert make_access_tokens(key, now=NOW + 599.999).verify(token) == ADA
    assert rejection(make_access_tokens(key, now=NOW + 600), token) == EXPIRED
    assert rejection(make_access_tokens(key, now=NOW + 601), token) == EXPIRED


def test_clock_skew_of_five_seconds_is_accepted(key: SigningKey) -> None:
    token = make_access_tokens(key).issue(ADA)
    assert make_access_tokens(key, now=NOW - 5).verify(token) == ADA
    assert rejection(make_access_tokens(key, now=NOW - 5.001), token) == NOT_YET
    assert rejection(make_access_tokens(key, now=NOW - 6), token) == NOT_YET


def test_clock_skew_does_not_prolong_a_token(forger: TokenForger, key: SigningKey) -> None:
    token = forger.sign(valid_claims(exp=NOW))
    assert make_access_tokens(key, now=NOW - 1).verify(token) == ADA
    assert rejection(make_access_tokens(key), token) == EXPIRED


def test_token_that_starts_after_its_end_is_not_valid_yet(
    tokens: AccessTokens, forger: TokenForger
) -> None:
    assert rejection(tokens, forger.sign(valid_claims(nbf=NOW + 60, exp=NOW - 60))) == NOT_YET


def token_of_length(forger: TokenForger, length: int) -> str:
    base = len(forger.sign(valid_claims(more="")))
    for more in range((length - base) * 3 // 4 - 8, (length - base) * 3 // 4 + 8):
        for name in ("a", "aa", "aaa", "aaaa"):
            token = forger.sign(valid_claims(more="x" * more), **{name: 0})
            if len(token) == length:
                return token
    raise AssertionError(length)


def test_token_of_4097_characters_is_rejected(tokens: AccessTokens, forger: TokenForger) -> None:
    assert tokens.verify(token_of_length(forger, 4096)) == ADA
    assert rejection(tokens, token_of_length(forger, 4097)) == INVALID


def test_token_of_a_retired_key_is_valid_while_in_the_ring() -> None:
    old, new = make_key("old"), make_key("new")
    token = make_access_tokens(old).issue(ADA)
    rotated = make_access_tokens(new, old)
    assert rotated.verify(token) == ADA
    assert read(rotated.issue(ADA))[0]["kid"] == "new"
    assert rejection(make_access_tokens(new), token) == INVALID


def test_first_token_of_a_new_key_loads_the_key() -> None:
    old, new = make_key("old"), make_key("new")
    secret, elapsed = [old], 0.0
    tokens = AccessTokens(SigningKeys(lambda: secret, clock=lambda: elapsed), clock=lambda: NOW)
    tokens.issue(ADA)
    secret, elapsed = [new, old], 10.0
    assert tokens.verify(TokenForger(new).sign()) == ADA


def test_header_in_another_json_spelling_is_accepted(
    tokens: AccessTokens, forger: TokenForger
) -> None:
    header = b'{"kid":"the-first",\n"typ":"at\\u002bjwt","alg":"EdDSA"}'
    assert tokens.verify(forger.sign_with(header)) == ADA
    assert encode_part(header) in forger.sign_with(header)


@pytest.fixture
def verified_signatures(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list to which each verification of a signature appends the signed text."""
    texts: list[str] = []
    verify = OKPAlgorithm.verify

    def record(self: OKPAlgorithm, msg: bytes, key: Any, sig: bytes) -> bool:
        texts.append(msg.decode())
        return verify(self, msg, key, sig)

    monkeypatch.setattr(OKPAlgorithm, "verify", record)
    return texts


def test_repeated_token_is_verified_once(
    tokens: AccessTokens, verified_signatures: list[str]
) -> None:
    token, other = tokens.issue(ADA), tokens.issue(ADMIN)
    for _ in range(3):
        assert [tokens.verify(token), tokens.verify(other)] == [ADA, ADMIN]
    assert verified_signatures == [token.rpartition(".")[0], other.rpartition(".")[0]]


def test_known_token_is_valid_at_its_times_only(key: SigningKey) -> None:
    now = float(NOW)
    tokens = AccessTokens(SigningKeys(lambda: [key]), clock=lambda: now)
    token = tokens.issue(ADA)
    for at, expected in (
        (NOW, None),
        (NOW - 5.001, NOT_YET),
        (NOW - 5, None),
        (NOW + 599.999, None),
        (NOW + 600, EXPIRED),
        (NOW + 599, None),
    ):
        now = at
        if expected is None:
            assert tokens.verify(token) == ADA
        else:
            assert rejection(tokens, token) == expected


def test_known_token_of_a_removed_key_is_rejected() -> None:
    old, new = make_key("old"), make_key("new")
    secret, elapsed = [old], 0.0
    tokens = AccessTokens(SigningKeys(lambda: secret, clock=lambda: elapsed), clock=lambda: NOW)
    token = tokens.issue(ADA)
    assert tokens.verify(token) == ADA
    secret, elapsed = [new], float(RELOAD_SECONDS)
    assert rejection(tokens, token) == INVALID


def test_invalid_token_is_not_kept(tokens: AccessTokens, verified_signatures: list[str]) -> None:
    header, claims, _ = tokens.issue(ADA).split(".")
    unsigned = f"{header}.{claims}.{'A' * 86}"
    assert [rejection(tokens, unsigned) for _ in range(2)] == [INVALID] * 2
    assert len(verified_signatures) == 2


def test_number_of_kept_tokens_is_bounded(
    tokens: AccessTokens, verified_signatures: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert access_tokens.MAX_VERIFIED == 1024
    monkeypatch.setattr(access_tokens, "MAX_VERIFIED", 2)
    first, second, third = (tokens.issue(ADA) for _ in range(3))
    for token in (first, second, third, third, second, first):
        tokens.verify(token)
    signed = [token.rpartition(".")[0] for token in (first, second, third, first)]
    assert verified_signatures == signed
