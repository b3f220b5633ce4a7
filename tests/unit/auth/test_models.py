"""Models: roles and callers."""

from __future__ import annotations

import pytest

from chalicelib.auth.models import Caller, Role, read_role


def test_roles_have_these_names() -> None:
    assert [(role.name, role.value) for role in Role] == [
        ("CANDIDATE", "candidate"),
        ("ADMIN", "admin"),
    ]


def test_role_formats_as_its_name() -> None:
    assert Role("admin") is Role.ADMIN
    assert f"{Role.ADMIN}" == "admin"


def test_recruiter_of_an_earlier_version_is_a_candidate() -> None:
    assert [read_role(role) for role in ("candidate", "recruiter", "admin")] == [
        Role.CANDIDATE,
        Role.CANDIDATE,
        Role.ADMIN,
    ]
    with pytest.raises(ValueError, match="owner"):
        read_role("owner")


@pytest.mark.parametrize("name", ["account_id", "role", "session_id"])
def test_caller_is_immutable(name: str) -> None:
    with pytest.raises(AttributeError):
        setattr(Caller("account", Role.CANDIDATE, "session"), name, "other")
