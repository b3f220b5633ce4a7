"""Administration: find accounts and change their roles."""

from __future__ import annotations

from typing import Any

import pytest
from chalice.test import Client, HTTPResponse

from chalicelib.auth.models import Role
from chalicelib.bootstrap.container import Container
from tests.integration.auth.api_requests import body_of, problem_of, send
from tests.integration.auth.manual_clock import ManualClock
from tests.integration.auth.people import EMAIL, NAME, Person, create_person, unknown_id
from tests.integration.auth.stored_data import audit_event_names, audit_events


@pytest.fixture
def admin(parts: Container) -> Person:
    return create_person(parts, "admin@example.com", Role.ADMIN)


def grant(http: Client, admin: Person, account_id: str, **body: Any) -> HTTPResponse:
    return send(http, "PUT", f"/v1/accounts/{account_id}/role", body, admin.token)


def find(http: Client, someone: Person, email: str) -> HTTPResponse:
    return send(http, "GET", f"/v1/accounts?email={email}", token=someone.token)


@pytest.mark.parametrize("written", [EMAIL, "ADA@Example.com", "%20ada%40example.com%20"])
def test_admin_finds_account_by_address(
    http: Client, parts: Container, clock: ManualClock, written: str
) -> None:
    admin, ada = create_person(parts, "admin@example.com", Role.ADMIN), create_person(parts)
    assert body_of(find(http, admin, written)) == {
        "id": ada.id,
        "email": EMAIL,
        "name": NAME,
        "role": "candidate",
        "created_at": "2031-05-04T12:00:00Z",
        "second_factor": False,
        "has_password": True,
        "email_problem": None,
    }


@pytest.mark.parametrize("email", ["nobody@example.com", "ada@example", ".*"])
def test_unknown_address_is_not_found(http: Client, ada: Person, admin: Person, email: str) -> None:
    problem = problem_of(find(http, admin, email), 404, "account-not-found")
    assert problem["title"] == "The account does not exist"


def test_admin_changes_roles(http: Client, parts: Container, ada: Person, admin: Person) -> None:
    bob = create_person(parts, "bob@example.com")
    assert body_of(grant(http, admin, ada.id, role="admin"))["role"] == "admin"
    assert parts.auth.sessions.list_for(ada.id) == []
    assert len(parts.auth.sessions.list_for(bob.id)) == 1
    assert body_of(grant(http, admin, ada.id, role="candidate"))["role"] == "candidate"
    assert parts.auth.accounts.get(bob.id)["role"] == "candidate"
    assert audit_events(parts) == [
        {"event": "role_granted", "account_id": ada.id, "role": role, "by": admin.id}
        for role in ("admin", "candidate")
    ]


@pytest.mark.parametrize(
    "body",
    [
        {"role": "owner"},
        {"role": ""},
        {},
        {"role": "recruiter"},
        {"role": "candidate", "employer_id": "yard"},
        {"role": "admin", "by": "me"},
    ],
)
def test_invalid_role_is_rejected(
    http: Client, parts: Container, ada: Person, admin: Person, body: dict[str, Any]
) -> None:
    problem_of(grant(http, admin, ada.id, **body), 422, "invalid-fields")
    assert parts.auth.accounts.get(ada.id)["role"] == "candidate"


@pytest.mark.parametrize("account_id", ["", "nobody", "$ne"])
def test_role_of_unknown_account_is_not_found(
    http: Client, parts: Container, ada: Person, admin: Person, account_id: str
) -> None:
    answer = grant(http, admin, account_id or unknown_id(), role="admin")
    problem_of(answer, 404, "account-not-found")
    assert audit_event_names(parts) == []
    assert len(parts.auth.sessions.list_for(ada.id)) == 1


def test_candidates_cannot_administer(http: Client, parts: Container, ada: Person) -> None:
    bob = create_person(parts, "bob@example.com")
    problem = problem_of(find(http, bob, EMAIL), 403, "forbidden")
    assert problem["detail"] == "This is for admin accounts."
    for whose in (ada.id, bob.id):
        problem_of(grant(http, bob, whose, role="admin"), 403, "forbidden")
        assert parts.auth.accounts.get(whose)["role"] != "admin"


@pytest.mark.parametrize("how", ["demoted", "deleted", "logged out"])
def test_former_admin_is_rejected_despite_the_token(
    http: Client, parts: Container, how: str
) -> None:
    """Their access token names the old role for up to ten minutes."""
    was = create_person(parts, "was@example.com", Role.ADMIN)
    if how == "demoted":
        parts.auth.accounts.set_role(was.id, Role.CANDIDATE)
    elif how == "deleted":
        parts.auth.sessions.end_all(was.id)
        parts.auth.accounts.delete(was.id)
    else:
        parts.auth.sessions.end_all(was.id)
    grant = {"role": "admin"}
    answer = send(http, "PUT", f"/v1/accounts/{was.id}/role", grant, was.token)
    assert answer.status_code == (403 if how == "demoted" else 401)
    answer = send(http, "GET", f"/v1/accounts?email={was.email}", token=was.token)
    assert answer.status_code == (403 if how == "demoted" else 401)
