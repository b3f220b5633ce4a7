"""Policies: who may call a route."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import TYPE_CHECKING

import pytest

from chalicelib.auth.errors import Forbidden, Unauthenticated
from chalicelib.auth.models import Caller, Role
from chalicelib.auth.routes.policies import RolePolicies, RolePolicy
from tests.unit.auth.forging import EXPIRED, INVALID, NOW, Mint, good_claims, request, verifier

if TYPE_CHECKING:
    from chalicelib.auth.sessions.access_tokens import AccessTokens

NO_TOKEN = "Send the access token as 'Authorization: Bearer <token>'."
CALLERS = {role: Caller(f"a-{role}", role, f"session-of-{role}") for role in Role}


def unasked() -> AccessTokens:
    raise AssertionError("nobody may ask for them")


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
def test_without_a_bearer_token_it_is_said_how_to_send_one(header: str) -> None:
    only = RolePolicy(frozenset(Role), "everything", unasked)
    with pytest.raises(Unauthenticated) as caught:
        only(request({"Authorization": header}))
    assert caught.value.detail == NO_TOKEN


def test_without_the_header_too() -> None:
    with pytest.raises(Unauthenticated) as caught:
        RolePolicy(frozenset(Role), "everything", unasked)(request())
    assert caught.value.detail == NO_TOKEN


@pytest.mark.parametrize("before", ["Bearer ", "bearer ", "BEARER ", "bEaReR ", "Bearer   "])
@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])
def test_a_bearer_token_is_read(tokens: AccessTokens, name: str, before: str) -> None:
    only = RolePolicies(lambda: tokens).any_account("everything")
    for caller in CALLERS.values():
        assert only(request({name: before + tokens.issue(caller)})) == caller


@pytest.mark.parametrize("token", [" ", "x", "a.b.c", "null", "undefined", "{}", "é"])
def test_a_token_that_is_none_is_refused(tokens: AccessTokens, token: str) -> None:
    with pytest.raises(Unauthenticated) as caught:
        RolePolicies(lambda: tokens).any_account("x")(request({"Authorization": f"Bearer {token}"}))
    assert caught.value.detail == INVALID


@pytest.mark.parametrize("space", ["\n", "\r\n", "\x0b", "\x1c", "\x1f", "\x85", "\xa0", "\u2003"])
def test_only_spaces_may_stand_around_a_token(tokens: AccessTokens, space: str) -> None:
    """RFC 6750: the scheme, spaces, the token."""
    only = RolePolicies(lambda: tokens).any_account("everything")
    token = tokens.issue(CALLERS[Role.ADMIN])
    for spaced in (space + token, token + space):
        with pytest.raises(Unauthenticated) as caught:
            only(request({"Authorization": f"Bearer {spaced}"}))
        assert caught.value.detail == INVALID


def test_two_tokens_are_none(tokens: AccessTokens) -> None:
    token = tokens.issue(CALLERS[Role.ADMIN])
    for both in (f"{token} {token}", f"{token},{token}", f"{token}, Bearer {token}"):
        with pytest.raises(Unauthenticated) as caught:
            RolePolicies(lambda: tokens).any_account("x")(
                request({"Authorization": f"Bearer {both}"})
            )
        assert caught.value.detail == INVALID


def test_an_expired_token_is_told_so(ours: Mint) -> None:
    only = RolePolicies(lambda: verifier(ours.key)).any_account("x")
    with pytest.raises(Unauthenticated) as caught:
        only(request({"Authorization": f"Bearer {ours.sign(good_claims(exp=NOW))}"}))
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
def test_only_these_roles_are_let_in(
    tokens: AccessTokens, roles: list[Role], detail: str | None
) -> None:
    only = RolePolicies(lambda: tokens).only(*roles, on="their things")
    for role, caller in CALLERS.items():
        asked = request({"Authorization": f"Bearer {tokens.issue(caller)}"})
        if role in roles:
            assert only(asked) == caller
            continue
        with pytest.raises(Forbidden) as caught:
            only(asked)
        assert type(caught.value) is Forbidden
        assert caught.value.detail == detail


def test_a_policy_says_for_whom_and_on_what() -> None:
    policies = RolePolicies(unasked)
    some = policies.only(Role.ADMIN, Role.RECRUITER, on="their things")
    assert (some.roles, some.on) == (frozenset({"admin", "recruiter"}), "their things")
    everyone = policies.any_account(on="own account")
    assert everyone.roles == frozenset({"candidate", "recruiter", "admin"})
    assert everyone.on == "own account"
    assert some == RolePolicy(frozenset({"admin", "recruiter"}), "their things", unasked)


def test_a_policy_holds_plain_names_not_members_of_an_enumeration() -> None:
    """They are shown in documents."""
    only = RolePolicies(unasked).any_account("x")
    assert {type(role) for role in only.roles} == {str}


def test_a_policy_cannot_be_widened() -> None:
    policies = RolePolicies(unasked)
    with pytest.raises(FrozenInstanceError):
        setattr(policies.only(Role.ADMIN, on="x"), "roles", frozenset(Role))  # noqa: B010
    with pytest.raises(FrozenInstanceError):
        setattr(policies, "tokens", unasked)  # noqa: B010
