"""Random changes of valid tokens, sent to the verifier, the policy and the whole API."""

from __future__ import annotations

import json
from collections import Counter
from functools import partial
from random import Random
from typing import TYPE_CHECKING

import pytest
from chalice.test import Client

import app as api
from chalicelib.auth.errors import Unauthenticated
from chalicelib.auth.routes.policies import any_account
from tests.unit.auth.token_forger import (
    ADA,
    EVE,
    EXPIRED,
    INVALID,
    NOT_YET,
    TokenForger,
    make_request,
    valid_claims,
)
from tests.unit.auth.token_mutator import MUTATIONS, mutate_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chalicelib.auth.models import Caller
    from chalicelib.auth.sessions.access_tokens import AccessTokens

SEED = 20260101
UNAUTHENTICATED = "Send the access token as 'Authorization: Bearer <token>'."
REFUSALS = {INVALID, EXPIRED, NOT_YET, UNAUTHENTICATED}


def result_of(attempt: Callable[[], object]) -> str:
    """Return the detail of the rejection, or a description of any other result."""
    try:
        return f"accepted: {attempt()}"
    except Unauthenticated as refused:
        return refused.detail
    except Exception as error:
        return f"failed: {error!r}"


def two_valid_tokens(forger: TokenForger) -> list[str]:
    """Return the same tokens in every run, so that the mutations are the same."""
    eves = valid_claims(sub=EVE.account_id, sid=EVE.session_id, role="admin", jti="y")
    return [forger.sign(), forger.sign(eves)]


def test_mutated_tokens_are_rejected(tokens: AccessTokens, forger: TokenForger) -> None:
    valid = two_valid_tokens(forger)
    policy = any_account("everything")

    def authorize(token: str) -> Caller:
        sent = make_request({"Authorization": f"Bearer {token}"})
        return policy.authorize(sent, tokens.verify)

    assert [tokens.verify(token) for token in valid] == [ADA, EVE]
    assert [authorize(token) for token in valid] == [ADA, EVE]

    kinds: Counter[str] = Counter()
    wrong: Counter[tuple[str, str, str]] = Counter()
    for kind, token in mutate_tokens(Random(SEED), valid, 10_000):  # noqa: S311
        kinds[kind] += 1
        seen = result_of(partial(tokens.verify, token))
        if seen not in REFUSALS:
            wrong["verify", kind, seen] += 1
        said = result_of(partial(authorize, token))
        # Spaces around a token do not belong to it.
        if said not in REFUSALS and token.strip(" ") not in valid:
            wrong["policy", kind, said] += 1
    assert sum(kinds.values()) == 10_000
    assert len(kinds) == len(MUTATIONS)
    assert min(kinds.values()) > 500
    assert not wrong


@pytest.fixture
def http(tokens: AccessTokens) -> Iterator[Client]:
    """The API with the signing key of these tests."""
    with api.api().auth.override(access_tokens=tokens):
        yield Client(api.app)


def test_api_admits_a_valid_token(http: Client, tokens: AccessTokens) -> None:
    """Without stores a request reaches the checks of role and query."""
    for caller, path, status in (
        (ADA, "/v1/accounts?email=x@example.com", 403),
        (EVE, "/v1/accounts", 422),
    ):
        headers = {"Authorization": f"Bearer {tokens.issue(caller)}"}
        assert http.http.get(path, headers=headers).status_code == status


def test_api_answers_401_to_mutated_tokens(http: Client, forger: TokenForger) -> None:
    valid = two_valid_tokens(forger)
    wrong: Counter[tuple[str, int]] = Counter()
    for kind, token in mutate_tokens(Random(SEED + 1), valid, 400):  # noqa: S311
        if token.strip(" ") in valid:
            continue
        response = http.http.get("/v1/account", headers={"Authorization": f"Bearer {token}"})
        if response.status_code != 401:
            wrong[kind, response.status_code] += 1
            continue
        document = json.loads(response.body)
        assert document["type"] == "urn:hirelane:problem:unauthenticated"
        assert document["detail"] in {INVALID, UNAUTHENTICATED}
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="hirelane"'
    assert not wrong


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer ", "bearer", "Bearer\tx", "Basic eDp4", "Token x", "x", "\0"],
)
def test_api_answers_401_without_a_token(http: Client, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    response = http.http.get("/v1/account", headers=headers)
    assert response.status_code == 401
    assert json.loads(response.body)["detail"] == UNAUTHENTICATED
