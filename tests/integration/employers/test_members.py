"""Members: owners change and remove them, and an employer keeps an owner, whatever happens."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from chalice.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.auth.errors import Forbidden
from chalicelib.bootstrap.container import Container
from chalicelib.recruiting.employers.errors import LastOwner, MemberNotFound
from chalicelib.recruiting.employers.models import MemberRole
from tests.integration.auth.api_requests import body_of, problem_of, send
from tests.integration.auth.people import PASSWORD, Person, create_person
from tests.integration.auth.stored_data import audit_events

OWNER, RECRUITER = MemberRole.OWNER, MemberRole.RECRUITER
ACCOUNTS = ["ada", "bob", "cleo"]


@pytest.fixture
def bob(parts: Container) -> Person:
    return create_person(parts, "bob@example.com", name="Bob")


def yard(parts: Container, *owners: str, **others: MemberRole) -> str:
    """Create an employer with these members. Return its id."""
    slug = f"yard-{parts.database['employers'].count_documents({})}"
    employer_id = parts.employers.employers.create(slug, "Yard", "", owners[0]).id
    for owner in owners[1:]:
        parts.employers.memberships.add(owner, employer_id, OWNER)
    for account_id, role in others.items():
        parts.employers.memberships.add(account_id, employer_id, role)
    return employer_id


def roles(parts: Container, employer_id: str) -> dict[str, MemberRole]:
    return {one.account_id: one.role for one in parts.employers.memberships.find_all(employer_id)}


def test_owner_manages_the_team(http: Client, parts: Container, ada: Person, bob: Person) -> None:
    employer_id = yard(parts, ada.id, **{bob.id: RECRUITER})
    path = f"/v1/employers/{employer_id}/members"
    listed = body_of(send(http, "GET", path, token=bob.token))["members"]
    assert [(one["name"], one["email"], one["role"]) for one in listed] == [
        ("Ada Lovelace", ada.email, "owner"),
        ("Bob", bob.email, "recruiter"),
    ]
    role = {"role": "hiring_manager"}
    changed = body_of(send(http, "PUT", f"{path}/{bob.id}/role", role, ada.token))["members"]
    assert [one["role"] for one in changed] == ["owner", "hiring_manager"]
    body_of(send(http, "DELETE", f"{path}/{bob.id}", token=ada.token), 204)
    # The access token of the removed member is still valid, but gives no access.
    problem_of(send(http, "GET", path, token=bob.token), 404, "employer-not-found")
    problem_of(send(http, "DELETE", f"{path}/{bob.id}", token=ada.token), 404, "member-not-found")
    assert audit_events(parts) == [
        {
            "event": "member_role_changed",
            "account_id": bob.id,
            "employer_id": employer_id,
            "role": "hiring_manager",
            "by": ada.id,
        },
        {
            "event": "member_removed",
            "account_id": bob.id,
            "employer_id": employer_id,
            "by": ada.id,
        },
    ]


def test_last_owner_stays(http: Client, parts: Container, ada: Person, bob: Person) -> None:
    employer_id = yard(parts, ada.id, **{bob.id: RECRUITER})
    other = yard(parts, bob.id, ada.id)
    own = f"/v1/employers/{employer_id}/members/{ada.id}"
    leave = f"/v1/account/memberships/{employer_id}"
    for method, path, body in (
        ("PUT", f"{own}/role", {"role": "recruiter"}),
        ("DELETE", own, None),
        ("DELETE", leave, None),
    ):
        problem_of(send(http, method, path, body, ada.token), 409, "last-owner")
    answer = send(http, "POST", "/v1/account/deletion", {"password": PASSWORD}, ada.token)
    problem = problem_of(answer, 409, "account-in-use")
    assert "the only owner of Yard" in problem["detail"]
    assert roles(parts, employer_id) == {ada.id: OWNER, bob.id: RECRUITER}
    # The refused deletion left no other employer either.
    assert roles(parts, other) == {bob.id: OWNER, ada.id: OWNER}
    body_of(send(http, "GET", "/v1/account", token=ada.token))
    parts.employers.memberships.set_role(bob.id, employer_id, OWNER, by=ada.id)
    body_of(send(http, "DELETE", leave, token=ada.token), 204)
    assert roles(parts, employer_id) == {bob.id: OWNER}


def test_deleted_account_leaves_its_employers(
    http: Client, parts: Container, ada: Person, bob: Person
) -> None:
    alone, shared = yard(parts, ada.id), yard(parts, bob.id, ada.id)
    other = yard(parts, bob.id, **{ada.id: RECRUITER})
    body = {"password": PASSWORD}
    body_of(send(http, "POST", "/v1/account/deletion", body, ada.token), 204)
    assert [roles(parts, one) for one in (alone, shared, other)] == [
        {},
        {bob.id: OWNER},
        {bob.id: OWNER},
    ]
    left = [event for event in audit_events(parts) if event["event"] == "member_left"]
    assert {event["employer_id"] for event in left} == {alone, shared, other}


def test_only_member_closes_the_postings_before_the_account_is_deleted(
    http: Client, parts: Container, ada: Person
) -> None:
    postings, employer_id = parts.database["postings"], yard(parts, ada.id)
    postings.insert_one({"_id": "boats", "employer_id": employer_id, "state": "published"})
    delete = ("POST", "/v1/account/deletion", {"password": PASSWORD}, ada.token)
    problem = problem_of(send(http, *delete), 409, "account-in-use")
    assert "Close them" in problem["detail"]
    assert roles(parts, employer_id) == {ada.id: OWNER}
    postings.update_one({"_id": "boats"}, {"$set": {"state": "closed"}})
    body_of(send(http, *delete), 204)
    assert roles(parts, employer_id) == {}


def test_owners_who_remove_each_other_leave_one(parts: Container) -> None:
    memberships = parts.employers.memberships

    def act(employer_id: str, owner: str, other: str, how: str) -> bool:
        try:
            if how == "demote":
                memberships.set_role(other, employer_id, RECRUITER, by=owner)
            else:
                memberships.remove(owner if how == "leave" else other, employer_id, by=owner)
        except (Forbidden, LastOwner, MemberNotFound):
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        for number in range(12):
            employer_id, how = yard(parts, "ada", "bob"), ("remove", "demote", "leave")[number % 3]
            done = list(pool.map(act, [employer_id] * 2, ("ada", "bob"), ("bob", "ada"), [how] * 2))
            owners = [one for one, role in roles(parts, employer_id).items() if role is OWNER]
            assert (sum(done), len(owners)) == (1, 1)


COMMANDS = st.lists(
    st.tuples(
        st.sampled_from(["add", "set", "remove", "delete"]),
        st.sampled_from(ACCOUNTS),
        st.sampled_from(ACCOUNTS),
        st.sampled_from(MemberRole),
    ),
    min_size=10,
    max_size=25,
)


@given(commands=COMMANDS)
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_members_change_as_the_model_says(parts: Container, commands: list[Any]) -> None:
    memberships, model = parts.employers.memberships, {"ada": OWNER}
    employer_id = yard(parts, "ada")
    for command, by, account, role in commands:
        owners = {one for one, what in model.items() if what is OWNER}
        others = owners - {account}
        error: type[Exception] | None = None
        after = dict(model)
        match command:
            case "add":
                assert memberships.add(account, employer_id, role) == (account not in model)
                after.setdefault(account, role)
            case "set":
                if by not in owners:
                    error = Forbidden
                elif account not in model:
                    error = MemberNotFound
                elif role is not OWNER and not others:
                    error = LastOwner
                after[account] = role
            case "remove":
                if by != account and by not in owners:
                    error = Forbidden
                elif account not in model:
                    error = MemberNotFound
                elif account in owners and not others:
                    error = LastOwner
                after.pop(account, None)
            case "delete":
                if account not in model:
                    error = MemberNotFound
                elif account in owners and not others and len(model) > 1:
                    error = LastOwner
                after.pop(account, None)
        calls: dict[str, Any] = {
            "add": partial(bool),
            "set": partial(memberships.set_role, account, employer_id, role, by=by),
            "remove": partial(memberships.remove, account, employer_id, by=by),
            "delete": partial(memberships.remove_for_deletion, account, employer_id),
        }
        if error is None:
            calls[command]()
            model = after
        else:
            with pytest.raises(error):
                calls[command]()
        assert roles(parts, employer_id) == model
