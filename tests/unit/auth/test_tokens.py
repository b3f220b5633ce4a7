"""Access tokens: what we issue, and how long it is good."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.auth.models import Caller, Role
from chalicelib.auth.sessions.access_tokens import AccessTokens
from chalicelib.auth.sessions.signing_keys import SigningKeys
from tests.unit.auth.forging import (
    ADA,
    EXPIRED,
    INVALID,
    NOT_YET,
    NOW,
    Mint,
    as_part,
    decoded,
    good_claims,
    make_key,
    refusal,
    verifier,
)

if TYPE_CHECKING:
    from chalicelib.bootstrap.settings import SigningKey

RECRUITER = Caller("an-account", Role.RECRUITER, "a-session", "an-employer")


def read(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    header, claims, _ = token.split(".")
    return json.loads(decoded(header)), json.loads(decoded(claims))


@pytest.mark.parametrize(
    "caller", [ADA, RECRUITER, Caller("a", Role.ADMIN, "s")], ids=lambda caller: caller.role
)
def test_an_issued_token_is_accepted(tokens: AccessTokens, caller: Caller) -> None:
    assert tokens.verify(tokens.issue(caller)) == caller


def test_what_an_issued_token_says(tokens: AccessTokens) -> None:
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


def test_a_members_token_names_their_employer(tokens: AccessTokens) -> None:
    _, claims = read(tokens.issue(RECRUITER))
    assert claims["employer"] == "an-employer"


def test_no_two_tokens_are_alike(tokens: AccessTokens) -> None:
    assert len({read(tokens.issue(ADA))[1]["jti"] for _ in range(100)}) == 100


def test_times_are_whole_seconds_that_have_begun(key: SigningKey) -> None:
    _, claims = read(verifier(key, now=NOW + 0.9).issue(ADA))
    assert (claims["iat"], claims["nbf"], claims["exp"]) == (NOW, NOW, NOW + 600)


def test_the_time_is_that_of_the_world(key: SigningKey) -> None:
    tokens = AccessTokens(SigningKeys(lambda: [key]))
    before = int(time.time())
    token = tokens.issue(ADA)
    assert before <= read(token)[1]["iat"] <= time.time()
    assert tokens.verify(token) == ADA


def test_a_token_is_good_until_its_last_moment(key: SigningKey) -> None:
    token = verifier(key).issue(ADA)
    assert verifier(key, now=NOW + 599).verify(token) == ADA
    assert verifier(key, now=NOW + 599.999).verify(token) == ADA
    assert refusal(verifier(key, now=NOW + 600), token) == EXPIRED
    assert refusal(verifier(key, now=NOW + 601), token) == EXPIRED


def test_clocks_may_differ_by_five_seconds(key: SigningKey) -> None:
    token = verifier(key).issue(ADA)
    assert verifier(key, now=NOW - 5).verify(token) == ADA
    assert refusal(verifier(key, now=NOW - 5.001), token) == NOT_YET
    assert refusal(verifier(key, now=NOW - 6), token) == NOT_YET


def test_no_such_difference_prolongs_a_token(ours: Mint, key: SigningKey) -> None:
    token = ours.sign(good_claims(exp=NOW))
    assert verifier(key, now=NOW - 1).verify(token) == ADA
    assert refusal(verifier(key), token) == EXPIRED


def test_a_token_that_begins_after_its_end_is_not_valid_yet(
    tokens: AccessTokens, ours: Mint
) -> None:
    assert refusal(tokens, ours.sign(good_claims(nbf=NOW + 60, exp=NOW - 60))) == NOT_YET


def of_length(mint: Mint, length: int) -> str:
    base = len(mint.sign(good_claims(more="")))
    for more in range((length - base) * 3 // 4 - 8, (length - base) * 3 // 4 + 8):
        for name in ("a", "aa", "aaa", "aaaa"):
            token = mint.sign(good_claims(more="x" * more), **{name: 0})
            if len(token) == length:
                return token
    raise AssertionError(length)


def test_the_longest_token_that_is_read_has_4096_characters(
    tokens: AccessTokens, ours: Mint
) -> None:
    assert tokens.verify(of_length(ours, 4096)) == ADA
    assert refusal(tokens, of_length(ours, 4097)) == INVALID


def test_a_token_of_a_retired_key_is_good_while_the_key_is_in_the_ring() -> None:
    old, new = make_key("old"), make_key("new")
    token = verifier(old).issue(ADA)
    rotated = verifier(new, old)
    assert rotated.verify(token) == ADA
    assert read(rotated.issue(ADA))[0]["kid"] == "new"
    assert refusal(verifier(new), token) == INVALID


def test_a_process_learns_of_a_new_key_from_its_first_token() -> None:
    old, new = make_key("old"), make_key("new")
    secret, elapsed = [old], 0.0
    tokens = AccessTokens(SigningKeys(lambda: secret, clock=lambda: elapsed), clock=lambda: NOW)
    tokens.issue(ADA)
    secret, elapsed = [new, old], 10.0
    assert tokens.verify(Mint(new).sign()) == ADA


def test_the_header_of_another_spelling_of_json_is_read(tokens: AccessTokens, ours: Mint) -> None:
    header = b'{"kid":"the-first",\n"typ":"at\\u002bjwt","alg":"EdDSA"}'
    assert tokens.verify(ours.sign_with(header)) == ADA
    assert as_part(header) in ours.sign_with(header)
