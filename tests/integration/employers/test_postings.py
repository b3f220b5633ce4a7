"""Postings of an employer over HTTP: drafts, publication, changes, and what everyone sees."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.recruiting.employers.models import MemberRole
from tests.integration.auth.api_requests import body_of, problem_of, send
from tests.integration.employers.yard import COMPLETE, Yard

REMOTE = {
    **COMPLETE,
    "workplace": "remote",
    "place": {"region": "Europe", "countries": ["DE", "AT"]},
}
PASSED = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")


def test_posting_goes_from_draft_to_closed_and_back(yard: Yard) -> None:
    draft = yard.create()
    assert (draft["state"], draft["version"], draft["missing"]) == ("draft", 1, {})
    assert draft["description"] == "Build boats.\n\n- small ones"
    assert draft["closes_at"] == "2099-11-30T22:59:00Z"
    assert [stage["kind"] for stage in draft["stages"]][-3:] == ["open", "hired", "rejected"]
    problem_of(yard.read_public(draft), 404, "posting-not-found")
    assert (yard.listed(), yard.apply(draft)) == ([], 404)

    published = yard.act(draft, "publication")
    assert (published["state"], published["is_open"]) == ("published", True)
    assert yard.act(draft, "publication") == published  # Repeated after a lost answer.
    assert body_of(yard.read_public(draft)) == {
        "id": draft["id"],
        "employer_id": yard.id,
        "employer_slug": "yard",
        "employer": "Yard & Sons",
        "title": "Boat builder",
        "description": "Build boats.\n\n- small ones",
        "location": "Bergen",
        "place": COMPLETE["place"],
        "workplace": "on-site",
        "employment": "part-time",
        "pay": COMPLETE["pay"],
        "salary": {"currency": "NOK", "least": 480_000, "most": 600_006},
        "state": "published",
        "published_at": published["published_at"],
        "closes_at": "2099-11-30T22:59:00Z",
        "time_zone": "Europe/Oslo",
        "form_version": 0,
        "application_limit": None,
    }
    assert (yard.listed(), yard.apply(draft)) == ([draft["id"]], 202)

    closed = yard.act(draft, "closing")
    assert (closed["state"], closed["is_open"]) == ("closed", False)
    assert yard.act(draft, "closing") == closed
    shown = body_of(yard.read_public(draft))
    assert (shown["state"], shown["closes_at"]) == ("closed", closed["closed_at"])
    assert (yard.listed(), yard.apply(draft)) == ([], 409)

    reopened = yard.act(draft, "reopening", {"closes": None})
    assert (reopened["state"], reopened["closes"]) == ("published", None)
    assert reopened["published_at"] == published["published_at"]
    assert yard.act(draft, "reopening") == reopened
    assert (yard.listed(), yard.apply(draft)) == ([draft["id"]], 202)


def test_state_changes_only_in_the_version_that_was_read(yard: Yard) -> None:
    posting = yard.create()
    for action, body in (("publication", None), ("closing", None), ("reopening", {"closes": None})):
        path, version = f"/{posting['id']}/{action}", posting["version"]
        answer = yard.send("POST", path, body, If_Match=f'"{version - 1}"')
        problem_of(answer, 412, "precondition-failed")
        assert body_of(yard.send("GET", f"/{posting['id']}")) == posting
        answer = yard.send("POST", path, body, If_Match=f'"{version}"')
        posting = body_of(answer)
        assert posting["version"] == version + 1
        assert answer.headers["ETag"] == f'"{version + 1}"'


def test_incomplete_posting_is_not_published_and_names_each_field(yard: Yard) -> None:
    draft = body_of(yard.send("POST", "", {}), 201)
    everything = {"title", "description", "workplace", "employment", "place"}
    assert set(draft["missing"]) == everything
    problem = problem_of(
        yard.send("POST", f"/{draft['id']}/publication"), 422, "posting-incomplete"
    )
    assert {error["field"]: error["detail"] for error in problem["errors"]} == draft["missing"]
    late = {**COMPLETE, "closes": {"date_time": PASSED, "time_zone": "UTC"}}
    for body, fields in (
        ({**late, "state": "published"}, {"closes"}),
        ({**COMPLETE, "place": {"country": "NO"}, "state": "published"}, {"place"}),
        ({**COMPLETE, "description": " \n", "state": "published"}, {"description"}),
        ({**REMOTE, "place": {"region": "Europe"}, "state": "published"}, {"place"}),
    ):
        problem = problem_of(yard.send("POST", "", body), 422, "posting-incomplete")
        assert {error["field"] for error in problem["errors"]} == fields
    remote = yard.create(**REMOTE, state="published")
    assert body_of(yard.read_public(remote))["location"] == "Anywhere in Europe"
    assert yard.listed() == [remote["id"]]
    # A published one must stay complete.
    answer = yard.send("PATCH", f"/{remote['id']}", {"title": None, "place": None})
    problem = problem_of(answer, 422, "posting-incomplete")
    assert {error["field"] for error in problem["errors"]} == {"title", "place"}


@pytest.mark.parametrize(
    ("value", "field", "detail"),
    [
        ({"description": "x" * 100_000}, "description", "length <= 20000"),
        ({"description": "a\0b"}, "description", "without control characters"),
        ({"title": "\u200b\u202e"}, "title", "visible character"),
        ({"title": "a\nb"}, "title", "without control characters"),
        ({"place": {"country": "XX"}}, "place.country", "ISO 3166"),
        ({"place": {"street": "1"}}, "place", "unknown field"),
        ({"pay": {**COMPLETE["pay"], "currency": "EEK"}}, "pay.currency", "ISO 4217"),
        ({"pay": {**COMPLETE["pay"], "max": -1}}, "pay.max", ">= 0"),
        ({"closes": {"date_time": "2026-02-30T12:00", "time_zone": "UTC"}}, "closes.date_time", ""),
        ({"closes": {"date_time": "tomorrow", "time_zone": "UTC"}}, "closes.date_time", "2026-11"),
        ({"closes": {"date_time": PASSED, "time_zone": "../x"}}, "closes.time_zone", "IANA"),
        ({"closes": {"date_time": PASSED, "time_zone": "Mars/X"}}, "closes.time_zone", "IANA"),
        ({"stages": []}, "stages", "length >= 3"),
        ({"team": ["nobody"]}, "team", "members"),
        ({"state": "closed"}, "state", ""),
        ({"employer": "Another"}, "employer", ""),
    ],
)
def test_invalid_value_names_its_field(
    yard: Yard, value: dict[str, Any], field: str, detail: str
) -> None:
    [error] = problem_of(yard.send("POST", "", value), 422, "invalid-fields")["errors"]
    assert error["field"].startswith(field)
    assert detail in error["detail"]


def test_hostile_text_is_stored_as_plain_text(yard: Yard) -> None:
    title = "<script>alert(1)</script>"
    made = yard.create(title=f"\u202e{title}\u2066", state="published")
    assert made["title"] == title
    [listed] = body_of(send(yard.http, "GET", "/v1/postings?q=script"))["postings"]
    assert listed["title"] == title


def test_second_editor_learns_that_somebody_was_first(yard: Yard) -> None:
    draft = yard.create()
    path = f"/{draft['id']}"
    tag = yard.send("GET", path).headers["ETag"]
    changed = yard.send("PATCH", path, {"title": "Shipwright"}, If_Match=tag)
    assert body_of(changed)["title"] == "Shipwright"
    assert body_of(changed)["changed_by"] == yard.owner.id
    answer = yard.send("PATCH", path, {"title": "Carpenter"}, If_Match=tag)
    problem_of(answer, 412, "precondition-failed")
    problem_of(yard.send("DELETE", path, If_Match=tag), 412, "precondition-failed")
    headers = {
        "Authorization": f"Bearer {yard.owner.token}",
        "Content-Type": "application/json",
    }
    for method, body in (("PATCH", b"{}"), ("DELETE", b"")):
        answer = yard.http.http.request(method, f"{yard.path}{path}", headers, body)
        problem_of(answer, 428, "precondition-required")
    body_of(yard.send("DELETE", path, If_Match=changed.headers["ETag"]), 204)
    problem_of(yard.send("GET", path), 404, "posting-not-found")


def test_change_of_a_published_posting_is_seen_at_once(yard: Yard) -> None:
    made = yard.create(state="published")
    body_of(yard.read_public(made))
    path = f"/{made['id']}"
    body_of(yard.send("PATCH", path, {"title": "Shipwright", "pay": None}))
    shown = body_of(yard.read_public(made))
    assert (shown["title"], shown["pay"], shown["salary"]) == ("Shipwright", None, None)
    [listed] = body_of(send(yard.http, "GET", "/v1/postings?q=shipwright"))["postings"]
    assert listed["title"] == "Shipwright"
    # Applications may be in the stages of a published posting.
    answer = yard.send("PATCH", path, {"stages": made["stages"][1:]})
    problem_of(answer, 422, "invalid-fields")
    stages = [{**made["stages"][0], "name": "Inbox"}, *made["stages"][1:]]
    assert body_of(yard.send("PATCH", path, {"stages": stages}))["stages"] == stages


def test_deadline_moves_the_gate_and_a_passed_one_can_be_reopened(yard: Yard) -> None:
    made = yard.create(state="published", closes=None)
    soon = {"date_time": "2099-01-01T00:00", "time_zone": "Asia/Tokyo"}
    for closes in (soon, COMPLETE["closes"], soon, None):
        body_of(yard.send("PATCH", f"/{made['id']}", {"closes": closes}))
        assert yard.apply(made) == 202
    answer = yard.send(
        "PATCH", f"/{made['id']}", {"closes": {"date_time": PASSED, "time_zone": "UTC"}}
    )
    problem_of(answer, 422, "posting-incomplete")
    # Time passes.
    ended = datetime.now(UTC) - timedelta(hours=1)
    postings = yard.parts.database["postings"]
    postings.update_one({"_id": made["id"]}, {"$set": {"closes_at": ended, "time_zone": "UTC"}})
    yard.parts.recruiting.postings.publisher.follow(made["id"])
    assert (yard.apply(made), yard.listed()) == (409, [])
    body_of(yard.send("PATCH", f"/{made['id']}", {"title": "Carpenter"}))
    answer = yard.send("POST", f"/{made['id']}/reopening")
    problem_of(answer, 422, "posting-incomplete")
    assert yard.act(made, "reopening", {"closes": COMPLETE["closes"]})["is_open"]
    assert yard.apply(made) == 202


def test_actions_of_the_wrong_state_are_refused(yard: Yard) -> None:
    draft, made = yard.create(), yard.create(state="published")
    for posting, action, body in (
        (draft, "closing", None),
        (draft, "reopening", None),
        (made, "reopening", {"closes": None}),
    ):
        answer = yard.send("POST", f"/{posting['id']}/{action}", body)
        problem_of(answer, 409, "wrong-posting-state")
    problem_of(yard.send("DELETE", f"/{made['id']}"), 409, "wrong-posting-state")
    yard.act(made, "closing")
    answer = yard.send("POST", f"/{made['id']}/publication")
    assert "Reopen" in problem_of(answer, 409, "wrong-posting-state")["detail"]


def test_copy_is_a_draft_without_a_passed_deadline(yard: Yard) -> None:
    made = yard.create(state="published")
    copied = body_of(yard.send("POST", f"/{made['id']}/copy"), 201)
    assert (copied["state"], copied["published_at"], copied["version"]) == ("draft", None, 1)
    for name in (*COMPLETE, "stages", "team"):
        assert copied[name] == made[name], name
    ended = datetime.now(UTC) - timedelta(hours=1)
    yard.parts.database["postings"].update_one({"_id": made["id"]}, {"$set": {"closes_at": ended}})
    assert body_of(yard.send("POST", f"/{made['id']}/copy"), 201)["closes"] is None


def test_list_has_pages_and_states(yard: Yard) -> None:
    postings = [yard.create(title=f"Posting {n}") for n in range(5)]
    yard.act(postings[1], "publication")
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = body_of(yard.send("GET", f"?limit=2&cursor={cursor}"))
        found += [posting["title"] for posting in page["postings"]]
        cursor = page["next"]
    assert found == [f"Posting {n}" for n in (4, 3, 2, 1, 0)]
    page = body_of(yard.send("GET", "?state=published,closed"))
    assert [posting["id"] for posting in page["postings"]] == [postings[1]["id"]]


def test_hiring_manager_edits_only_drafts_of_the_own_team(yard: Yard) -> None:
    manager = yard.member(MemberRole.HIRING_MANAGER)
    own, other = yard.create(team=[manager.id]), yard.create()
    page = body_of(yard.send("GET", by=manager))
    assert [posting["id"] for posting in page["postings"]] == [own["id"]]
    for method, body in (("GET", None), ("PATCH", {"title": "Mine"})):
        answer = yard.send(method, f"/{other['id']}", body, by=manager)
        problem_of(answer, 404, "posting-not-found")
        body_of(yard.send(method, f"/{own['id']}", body, by=manager))
    problem_of(yard.send("PATCH", f"/{own['id']}", {"team": []}, by=manager), 403, "forbidden")
    yard.act(own, "publication")
    answer = yard.send("PATCH", f"/{own['id']}", {"title": "Again"}, by=manager)
    problem_of(answer, 403, "forbidden")
