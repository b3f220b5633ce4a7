"""Employers: an account creates one, and its members read and change it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from chalice.test import Client

from chalicelib.bootstrap.container import Container
from chalicelib.common.errors import VersionConflict
from chalicelib.common.versions import ExpectedVersions
from tests.integration.auth.api_requests import body_of, problem_of, send
from tests.integration.auth.people import Person, create_person
from tests.integration.auth.stored_data import audit_events


def create_employer(http: Client, owner: Person, **values: Any) -> Any:
    body = {"name": "Yard & Sons", **values}
    return body_of(send(http, "POST", "/v1/employers", body, owner.token), 201)


def test_creator_owns_the_employer(http: Client, parts: Container, ada: Person) -> None:
    made = create_employer(http, ada, about="Ships.\r\n\r\nBoats.")
    assert made["slug"] == "yard-sons"
    assert (made["about"], made["version"]) == ("Ships.\n\nBoats.", 1)
    read = send(http, "GET", f"/v1/employers/{made['id']}", token=ada.token)
    assert body_of(read) == made
    assert read.headers["ETag"] == '"1"'
    [mine] = body_of(send(http, "GET", "/v1/account/memberships", token=ada.token))["memberships"]
    assert mine == {
        "employer_id": made["id"],
        "slug": "yard-sons",
        "name": "Yard & Sons",
        "role": "owner",
        "since": made["created_at"],
    }
    assert audit_events(parts)[-1] == {
        "event": "employer_created",
        "account_id": ada.id,
        "employer_id": made["id"],
    }


def test_taken_slug_is_refused_but_a_repeat_is_not(
    http: Client, parts: Container, ada: Person
) -> None:
    bob = create_person(parts, "bob@example.com")
    made = create_employer(http, ada)
    assert create_employer(http, ada) == made
    for owner, name in ((bob, "Yard & Sons"), (ada, "Yard-Sons")):
        answer = send(http, "POST", "/v1/employers", {"name": name}, owner.token)
        problem = problem_of(answer, 409, "slug-taken")
        assert "Choose another" in problem["detail"]
    assert create_employer(http, bob, slug="yard")["slug"] == "yard"


def test_name_without_latin_letters_needs_a_slug(http: Client, ada: Person) -> None:
    answer = send(http, "POST", "/v1/employers", {"name": "造船所"}, ada.token)
    assert problem_of(answer, 422, "invalid-fields")["errors"][0]["field"] == "slug"
    assert create_employer(http, ada, name="造船所", slug="zosensho")["name"] == "造船所"


def test_accounts_create_few_employers_a_day(http: Client, ada: Person) -> None:
    for number in range(10):
        create_employer(http, ada, slug=f"yard-{number}")
    answer = send(http, "POST", "/v1/employers", {"name": "One more"}, ada.token)
    problem_of(answer, 429, "too-many-requests")


def test_changes_keep_what_they_do_not_name(http: Client, ada: Person) -> None:
    made = create_employer(http, ada, about="Ships.")
    path = f"/v1/employers/{made['id']}"
    answer = send(http, "PATCH", path, {"name": "\u202eYard "}, ada.token, If_Match='"1"')
    changed = {**made, "name": "Yard", "version": 2}
    assert body_of(answer) == changed
    assert answer.headers["ETag"] == '"2"'
    answer = send(http, "PATCH", path, {"about": ""}, ada.token, If_Match='"1"')
    problem_of(answer, 412, "precondition-failed")
    assert body_of(send(http, "GET", path, token=ada.token)) == changed
    problem_of(send(http, "PATCH", path, {}, ada.token), 422, "invalid-fields")
    problem_of(send(http, "PATCH", path, {"slug": "Other"}, ada.token), 422, "invalid-fields")


def test_one_of_simultaneous_changes_wins(parts: Container) -> None:
    employers = parts.employers.employers
    made = employers.create("yard", "Yard", "", "founder")

    def change(number: int) -> bool:
        try:
            employers.change(made.id, {"name": str(number)}, ExpectedVersions(frozenset({1})))
        except VersionConflict:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        won = list(pool.map(change, range(8)))
    assert sum(won) == 1
    changed = employers.get(made.id)
    assert (changed.name, changed.version) == (str(won.index(True)), 2)
