"""Models: roles and callers."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from chalicelib.auth.models import Caller, Role


def test_roles_have_these_names() -> None:
    assert [(role.name, role.value) for role in Role] == [
        ("CANDIDATE", "candidate"),
        ("RECRUITER", "recruiter"),
        ("ADMIN", "admin"),
    ]


def test_role_formats_as_its_name() -> None:
    assert Role("admin") is Role.ADMIN
    assert f"{Role.ADMIN}" == "admin"


def test_caller_has_no_employer_by_default() -> None:
    caller = Caller("account", Role.CANDIDATE, "session")
    assert caller.employer_id is None
    assert (caller.account_id, caller.role, caller.session_id) == (
        "account",
        Role.CANDIDATE,
        "session",
    )
    assert caller == Caller("account", Role.CANDIDATE, "session", None)
    assert caller != Caller("account", Role.CANDIDATE, "session", "employer")


@pytest.mark.parametrize("name", ["account_id", "role", "session_id", "employer_id"])
def test_caller_is_immutable(name: str) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(Caller("account", Role.CANDIDATE, "session"), name, "other")
