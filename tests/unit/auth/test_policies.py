"""Policies: which callers a route admits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chalicelib.auth.errors import Forbidden, Unauthenticated
from chalicelib.auth.models import Caller, Role
from chalicelib.auth.routes.policies import RolePolicy, any_account, only
from tests.unit.auth.token_forger import (
    EXPIRED,
    INVALID,
    NOW,
    TokenForger,
    make_access_tokens,
    make_request,
    valid_claims,
)

if TYPE_CHECKING:
    from chalicelib.auth.sessions.access_tokens import AccessTokens

NO_TOKEN = "Send the access token as 'Authorization: Bearer <token>'."
CALLERS = {role: Caller(f"a-{role}", role, f"session-of-{role}") for role in Role}


def never(token: str) -> Caller:
    raise AssertionError("no token may be verified")


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        " ",
        "Bearer",
        "Bearer ",
        " Bearer x",
        "Bearer\tx",
        "Basic x",
        "BearerX x",
        "Beare x",
        "Token x",
        "x.y.z",
        "Bearer,x",
        "\0",
    ],
)
def test_missing_bearer_token_is_explained(header: str | None) -> None:
    request = make_request(None if header is None else {"Authorization": header})
    with pytest.raises(Unauthenticated) as caught:
        any_account("everything").authorize(request, never)
    assert caught.value.detail == NO_TOKEN


@pytest.mark.parametrize("before", ["Bearer ", "bearer ", "BEARER ", "bEaReR ", "Bearer   "])
@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])
def test_bearer_token_is_accepted(tokens: AccessTokens, name: str, before: str) -> None:
    policy = any_account("everything")
    for caller in CALLERS.values():
        sent = make_request({name: before + tokens.issue(caller)})
        assert policy.authorize(sent, tokens.verify) == caller


@pytest.mark.parametrize("token", [" ", "x", "a.b.c", "null", "undefined", "{}", "é"])
def test_invalid_token_is_refused(tokens: AccessTokens, token: str) -> None:
    sent = make_request({"Authorization": f"Bearer {token}"})
    with pytest.raises(Unauthenticated) as caught:
        any_account("x").authorize(sent, tokens.verify)
    assert caught.value.detail == INVALID


@pytest.mark.parametrize("space", ["\n", "\r\n", "\x0b", "\x1c", "\x1f", "\x85", "\xa0", "\u2003"])
def test_only_spaces_may_surround_a_token(tokens: AccessTokens, space: str) -> None:
    """RFC 6750: the scheme, spaces, the token."""
    token = tokens.issue(CALLERS[Role.ADMIN])
    for spaced in (space + token, token + space):
        with pytest.raises(Unauthenticated) as caught:
            any_account("x").authorize(
                make_request({"Authorization": f"Bearer {spaced}"}), tokens.verify
            )
        assert caught.value.detail == INVALID


def test_two_tokens_are_refused(tokens: AccessTokens) -> None:
    token = tokens.issue(CALLERS[Role.ADMIN])
    for both in (f"{token} {token}", f"{token},{token}", f"{token}, Bearer {token}"):
        with pytest.raises(Unauthenticated) as caught:
            any_account("x").authorize(
                make_request({"Authorization": f"Bearer {both}"}), tokens.verify
            )
        assert caught.value.detail == INVALID


def test_expired_token_is_reported_as_expired(forger: TokenForger) -> None:
    sent = make_request({"Authorization": f"Bearer {forger.sign(valid_claims(exp=NOW))}"})
    with pytest.raises(Unauthenticated) as caught:
        any_account("x").authorize(sent, make_access_tokens(forger.key).verify)
    assert caught.value.detail == EXPIRED


@pytest.mark.parametrize(
    ("roles", "detail"),
    [
        ([Role.ADMIN], "This is for admin accounts."),
        ([Role.CANDIDATE], "This is for candidate accounts."),
        (list(Role), None),
    ],
)
def test_only_allowed_roles_are_accepted(
    tokens: AccessTokens, roles: list[Role], detail: str | None
) -> None:
    policy = only(*roles, on="their things")
    for role, caller in CALLERS.items():
        sent = make_request({"Authorization": f"Bearer {tokens.issue(caller)}"})
        if role in roles:
            assert policy.authorize(sent, tokens.verify) == caller
            continue
        with pytest.raises(Forbidden) as caught:
            policy.authorize(sent, tokens.verify)
        assert type(caught.value) is Forbidden
        assert caught.value.detail == detail


def test_policy_has_roles_and_what_it_gives_access_to() -> None:
    some = only(Role.ADMIN, on="their things")
    assert (some.roles, some.on) == (frozenset({"admin"}), "their things")
    everyone = any_account(on="own account")
    assert everyone.roles == frozenset({"candidate", "admin"})
    assert everyone.on == "own account"
    assert some == RolePolicy(frozenset({"admin"}), "their things")


def test_policy_forbids_nobody_if_all_roles_are_allowed() -> None:
    assert any_account(on="x").errors == (Unauthenticated,)
    assert only(Role.ADMIN, on="x").errors == (Unauthenticated, Forbidden)


def test_roles_of_a_policy_are_plain_strings() -> None:
    """The OpenAPI document shows them."""
    assert {type(role) for role in any_account("x").roles} == {str}


def test_policy_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        setattr(only(Role.ADMIN, on="x"), "roles", frozenset(Role))  # noqa: B010
