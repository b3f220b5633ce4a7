"""Policies: which callers a route admits."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import TYPE_CHECKING

import pytest

from chalicelib.auth.errors import Forbidden, Unauthenticated
from chalicelib.auth.models import Caller, Role
from chalicelib.auth.routes.policies import RolePolicies, RolePolicy
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


def no_tokens() -> AccessTokens:
    raise AssertionError("the policy must not verify a token")


@pytest.mark.parametrize(
    "header",
    [
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
def test_missing_bearer_token_is_explained(header: str) -> None:
    only = RolePolicy(frozenset(Role), "everything", no_tokens)
    with pytest.raises(Unauthenticated) as caught:
        only(make_request({"Authorization": header}))
    assert caught.value.detail == NO_TOKEN


def test_missing_authorization_header_is_explained() -> None:
    with pytest.raises(Unauthenticated) as caught:
        RolePolicy(frozenset(Role), "everything", no_tokens)(make_request())
    assert caught.value.detail == NO_TOKEN


@pytest.mark.parametrize("before", ["Bearer ", "bearer ", "BEARER ", "bEaReR ", "Bearer   "])
@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])
def test_bearer_token_in_any_case_is_accepted(tokens: AccessTokens, name: str, before: str) -> None:
    only = RolePolicies(lambda: tokens).any_account("everything")
    for caller in CALLERS.values():
        assert only(make_request({name: before + tokens.issue(caller)})) == caller


@pytest.mark.parametrize("token", [" ", "x", "a.b.c", "null", "undefined", "{}", "é"])
def test_invalid_bearer_token_is_rejected(tokens: AccessTokens, token: str) -> None:
    with pytest.raises(Unauthenticated) as caught:
        RolePolicies(lambda: tokens).any_account("x")(
            make_request({"Authorization": f"Bearer {token}"})
        )
    assert caught.value.detail == INVALID


@pytest.mark.parametrize("space", ["\n", "\r\n", "\x0b", "\x1c", "\x1f", "\x85", "\xa0", "\u2003"])
def test_other_white_space_around_a_token_is_rejected(tokens: AccessTokens, space: str) -> None:
    """RFC 6750 allows only spaces between the scheme and the token."""
    only = RolePolicies(lambda: tokens).any_account("everything")
    token = tokens.issue(CALLERS[Role.ADMIN])
    for spaced in (space + token, token + space):
        with pytest.raises(Unauthenticated) as caught:
            only(make_request({"Authorization": f"Bearer {spaced}"}))
        assert caught.value.detail == INVALID


def test_two_tokens_in_one_header_are_rejected(tokens: AccessTokens) -> None:
    token = tokens.issue(CALLERS[Role.ADMIN])
    for both in (f"{token} {token}", f"{token},{token}", f"{token}, Bearer {token}"):
        with pytest.raises(Unauthenticated) as caught:
            RolePolicies(lambda: tokens).any_account("x")(
                make_request({"Authorization": f"Bearer {both}"})
            )
        assert caught.value.detail == INVALID


def test_expired_token_is_reported_as_expired(forger: TokenForger) -> None:
    only = RolePolicies(lambda: make_access_tokens(forger.key)).any_account("x")
    with pytest.raises(Unauthenticated) as caught:
        only(make_request({"Authorization": f"Bearer {forger.sign(valid_claims(exp=NOW))}"}))
    assert caught.value.detail == EXPIRED


@pytest.mark.parametrize(
    ("roles", "detail"),
    [
        ([Role.ADMIN], "This is for admin accounts."),
        ([Role.RECRUITER], "This is for recruiter accounts."),
        ([Role.RECRUITER, Role.ADMIN], "This is for admin and recruiter accounts."),
        ([Role.RECRUITER, Role.CANDIDATE], "This is for candidate and recruiter accounts."),
        (list(Role), None),
    ],
)
def test_policy_admits_only_its_roles(
    tokens: AccessTokens, roles: list[Role], detail: str | None
) -> None:
    only = RolePolicies(lambda: tokens).only(*roles, on="their things")
    for role, caller in CALLERS.items():
        asked = make_request({"Authorization": f"Bearer {tokens.issue(caller)}"})
        if role in roles:
            assert only(asked) == caller
            continue
        with pytest.raises(Forbidden) as caught:
            only(asked)
        assert type(caught.value) is Forbidden
        assert caught.value.detail == detail


def test_policy_names_its_roles_and_subject() -> None:
    policies = RolePolicies(no_tokens)
    some = policies.only(Role.ADMIN, Role.RECRUITER, on="their things")
    assert (some.roles, some.on) == (frozenset({"admin", "recruiter"}), "their things")
    everyone = policies.any_account(on="own account")
    assert everyone.roles == frozenset({"candidate", "recruiter", "admin"})
    assert everyone.on == "own account"
    assert some == RolePolicy(frozenset({"admin", "recruiter"}), "their things", no_tokens)


def test_policy_roles_are_plain_strings() -> None:
    """Documents show the names."""
    only = RolePolicies(no_tokens).any_account("x")
    assert {type(role) for role in only.roles} == {str}


def test_policy_is_immutable() -> None:
    policies = RolePolicies(no_tokens)
    with pytest.raises(FrozenInstanceError):
        setattr(policies.only(Role.ADMIN, on="x"), "roles", frozenset(Role))  # noqa: B010
    with pytest.raises(FrozenInstanceError):
        setattr(policies, "tokens", no_tokens)  # noqa: B010
