"""Renaming an employer: its postings follow, whatever dies, and former addresses lead on."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from chalice.test import Client, HTTPResponse

from chalicelib.bootstrap.container import Container
from chalicelib.common import times
from chalicelib.common.versions import ExpectedVersions
from chalicelib.queue import Gates
from chalicelib.recruiting.employers.repository import EmployerRepository
from chalicelib.recruiting.postings.employer_names import EmployerNameWriter
from tests.integration.auth.api_requests import body_of, problem_of, send
from tests.integration.auth.people import Person, create_person
from tests.integration.employers.yard import Yard
from tests.integration.recruiting.killer import Killed
from tests.integration.recruiting.write_interrupter import WriteInterrupter, kill

SITE = "https://hirelane.example"
FORMER = {"employer": "Yard & Sons", "employer_slug": "yard"}
PRESENT = {"employer": "Wharf", "employer_slug": "wharf"}


def rename(yard: Yard, version: int = 1, **values: str) -> HTTPResponse:
    path, match = f"/v1/employers/{yard.id}", {"If-Match": f'"{version}"'}
    return send(yard.http, "PATCH", path, values, yard.owner.token, **match)


def names(document: Any) -> dict[str, str]:
    return {name: document[name] for name in FORMER}


def names_in_documents(yard: Yard) -> list[dict[str, str]]:
    return [names(one) for one in yard.parts.database["postings"].find()]


def names_in_lists(yard: Yard) -> list[dict[str, str]]:
    page = body_of(send(yard.http, "GET", "/v1/postings"))
    return [names(posting) for posting in page["postings"]]


def rates_of_gates(yard: Yard) -> set[str]:
    postings = [one["_id"] for one in yard.parts.database["postings"].find({}, {"_id": 1})]
    stored = Gates(yard.parts.recruiting.lanes).read(postings)
    return {gate.rate for gates in stored.values() for gate in gates}


def sweep_later(yard: Yard) -> int:
    """Sweep when no request of the present can be under way any more."""
    writer = yard.parts.postings.name_writer
    later = EmployerNameWriter(
        writer._postings,
        writer._catalogue,
        writer._publisher,
        writer._employers,
        writer._lookup,
        lambda: times.now() + timedelta(seconds=61),
    )
    return later.sweep()


def test_new_name_and_slug_are_everywhere_at_once(yard: Yard, ada: Person) -> None:
    open_one = yard.create(state="published")
    closed = yard.create(state="published")
    yard.act(closed, "closing")
    yard.create()
    for path in ("/jobs/yard", f"/jobs/yard/{open_one['id']}", "/feeds/yard.xml"):
        assert "Yard" in yard.get(path).body.decode()
    changed = body_of(rename(yard, name="Wharf", slug="wharf"))
    assert (changed["name"], changed["slug"], changed["version"]) == ("Wharf", "wharf", 2)
    assert names_in_documents(yard) == [PRESENT] * 3
    assert names_in_lists(yard) == [PRESENT]
    for one in (open_one, closed):
        assert names(body_of(yard.read_public(one))) == PRESENT
    for path in ("/jobs/wharf", f"/jobs/wharf/{open_one['id']}", "/feeds/wharf.xml"):
        page = yard.get(path).body.decode()
        assert "Wharf" in page
        assert "Yard" not in page
    assert f"{SITE}/jobs/wharf/{open_one['id']}" in yard.get("/sitemap.xml").body.decode()
    for path in ("/jobs/{}?page=2", f"/jobs/{{}}/{open_one['id']}", "/feeds/{}.atom"):
        answer = yard.get(path.format("yard"))
        assert answer.status_code == 301
        assert answer.headers["Location"] == SITE + path.format("wharf")
    # Members see the same version as before.
    assert {one["version"] for one in yard.parts.database["postings"].find()} == {1, 2}


def test_former_slug_belongs_to_its_employer(yard: Yard, parts: Container) -> None:
    bob = create_person(parts, "bob@example.com")
    other = parts.employers.employers.create("dock", "Dock", "", bob.id)
    assert body_of(rename(yard, slug="wharf"))["slug"] == "wharf"
    problem_of(rename(yard, 2, slug="dock"), 409, "slug-taken")
    wanted = {"name": "Yard", "slug": "yard"}
    problem_of(send(yard.http, "POST", "/v1/employers", wanted, bob.token), 409, "slug-taken")
    path, match = f"/v1/employers/{other.id}", {"If-Match": "*"}
    answer = send(yard.http, "PATCH", path, {"slug": "yard"}, bob.token, **match)
    problem_of(answer, 409, "slug-taken")
    # Its employer can have it again, and with ten later ones it is free.
    assert body_of(rename(yard, 2, slug="yard"))["slug"] == "yard"
    assert yard.get("/jobs/wharf").headers["Location"] == f"{SITE}/jobs/yard"
    for number in range(10):
        rename(yard, number + 3, slug=f"yard-{number}")
    answer = send(yard.http, "POST", "/v1/employers", wanted, bob.token)
    assert body_of(answer, 201)["slug"] == "yard"


def test_killed_renaming_is_completed_by_the_sweep(
    yard: Yard, parts: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        yard.create(state="published")
    interrupter = WriteInterrupter(monkeypatch)
    service, version = parts.employers.employer_service, 1
    for write in range(11):
        name = f"Wharf {write}"
        values = {"name": name, "application_limit": {"count": write + 1, "days": 1}}
        with interrupter.before(write, kill), suppress(Killed):
            seen = ExpectedVersions(frozenset([version]))
            _, renamed = parts.employers.employers.change(yard.id, values, seen)
            assert renamed
            service.update_postings(yard.id)
        present = parts.employers.employers.get(yard.id)
        assert (present.name == name) == (write > 0)
        version = present.version
        parts.postings.name_writer.sweep()
        expected = {"employer": present.name, "employer_slug": "yard"}
        assert names_in_documents(yard) == names_in_lists(yard) == [expected] * 3
        assert rates_of_gates(yard) == {f"{write + (write > 0)}/86400000:{yard.id}" * (write > 0)}
    assert sweep_later(yard) == 1
    assert sweep_later(yard) == 0


@pytest.mark.parametrize("write", range(6))
def test_change_in_the_middle_of_a_renaming_stays(
    yard: Yard, parts: Container, monkeypatch: pytest.MonkeyPatch, write: int
) -> None:
    postings = [yard.create(state="published") for _ in range(3)]

    def close_and_write_back() -> None:
        """Close a posting, and let a slow edit of another one write the former name."""
        yard.act(postings[0], "closing")
        parts.database["postings"].update_one({"_id": postings[1]["id"]}, {"$set": FORMER})
        parts.recruiting.postings.publisher.follow(postings[1]["id"])

    with WriteInterrupter(monkeypatch).before(write, close_and_write_back):
        rename(yard, name="Wharf", slug="wharf")
    assert postings[0]["id"] not in yard.listed()
    assert sweep_later(yard) == 1
    assert names_in_documents(yard) == [PRESENT] * 3
    assert names_in_lists(yard) == [PRESENT] * 2
    assert parts.postings.gate_reconciler.run().repaired == 0


def test_employer_of_an_earlier_version_gets_its_slugs(
    yard: Yard, http: Client, parts: Container
) -> None:
    employers = parts.database["employers"]
    employers.drop_index("one_employer_for_each_slug")
    employers.update_one({"_id": yard.id}, {"$unset": {"slugs": ""}})
    EmployerRepository(parts.database).create_indexes()
    rename(yard, slug="wharf")
    assert yard.get("/jobs/yard").status_code == 301


def test_renaming_is_remembered_until_requests_have_ended(yard: Yard, parts: Container) -> None:
    rename(yard, name="Wharf")
    [renamed_at] = parts.employers.employers.find_renamed().values()
    assert isinstance(renamed_at, datetime)
    assert [parts.postings.name_writer.sweep() for _ in range(2)] == [1, 1]
    assert rename(yard, 2, about="We build boats.").status_code == 200
    assert parts.employers.employers.find_renamed() == {yard.id: renamed_at}
