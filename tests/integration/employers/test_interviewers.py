"""Interviewers see assigned applications only, and nothing is left when an assignment ends."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from chalice.test import Client
from pymongo import MongoClient
from pymongo.collection import Collection

from benchmarks.examined import ReadRecorder, documents_examined
from chalicelib.bootstrap.container import Container
from chalicelib.common import times
from chalicelib.common.ids import new_id
from chalicelib.recruiting.applications.assigned_applications import ASSIGNED_TO
from chalicelib.recruiting.applications.events import first_events
from chalicelib.recruiting.employers.models import Member, MemberRole
from chalicelib.recruiting.interviewers import service as interviewer_service
from chalicelib.recruiting.interviewers.departure_handler import DepartureHandler
from chalicelib.recruiting.interviewers.emails import ASSIGNMENT
from chalicelib.recruiting.interviewers.models import AssignedQuery
from chalicelib.recruiting.pipeline.applicants import Viewer, viewer_of
from chalicelib.recruiting.postings.employer_models import PostingDraft
from chalicelib.recruiting.review.models import ApplicantsQuery
from tests.integration.auth.api_requests import body_of, problem_of, send
from tests.integration.auth.people import PASSWORD, Person, create_person
from tests.integration.auth.route_examples import COMPLETE
from tests.integration.employers.test_review import Applicants
from tests.integration.recruiting.candidates import copy_with
from tests.integration.recruiting.killer import Killed
from tests.integration.recruiting.pipelines import make_due, send_emails
from tests.integration.recruiting.write_interrupter import WriteInterrupter, kill
from tests.support.stores import Stores

LIMIT = 8
MANY = int(os.environ.get("HIRELANE_ASSIGNED_OF", "300"))


class Interviews(Applicants):
    """The applications for a posting, and an interviewer."""

    def __init__(self, http: Client, parts: Container, owner: Person) -> None:
        super().__init__(http, parts, owner)
        self.interviewer = self.member(MemberRole.INTERVIEWER)
        self.founder = Viewer(self.employer, owner.id, only_team=False)
        self.service = parts.interviewers.interviewer_service

    def store(self, candidate: Person, stage: str, **more: Any) -> str:
        now = times.now()
        return super().store(candidate, stage, events=first_events(now, now), **more)

    def request(
        self, method: str, application: str, *, of: Person | None = None, by: Person | None = None
    ) -> Any:
        account_id = (of or self.interviewer).id
        path = f"{self.path}/{application}/interviewers/{account_id}"
        return send(self.http, method, path, None, (by or self.owner).token)

    def assign(self, *applications: str) -> None:
        for one in applications:
            body_of(self.request("PUT", one))

    def remove_member(self) -> None:
        path = f"/v1/employers/{self.employer}/members/{self.interviewer.id}"
        body_of(send(self.http, "DELETE", path, None, self.owner.token), 204)

    def rejoin(self) -> None:
        memberships = self.parts.employers.memberships
        memberships.add(self.interviewer.id, self.employer, MemberRole.INTERVIEWER)

    def assigned(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get("/assigned", by=self.interviewer)["applicants"]
        return found

    def stored_assignments(self) -> int:
        return self.parts.database["applications"].count_documents({ASSIGNED_TO: {"$gte": ""}})

    def changes(self, application: str) -> list[tuple[str, str, str]]:
        """Return the kinds, actors and interviewers of the later events."""
        events = self.get(f"/{application}/events")["events"]
        assert [one["n"] for one in events] == list(range(1, len(events) + 1))
        return [(one["kind"], one["actor"], one.get("interviewer", "")) for one in events[2:]]


@pytest.fixture
def interviews(http: Client, parts: Container, ada: Person) -> Interviews:
    return Interviews(http, parts, ada)


def test_interviewer_sees_assigned_applications_only(interviews: Interviews) -> None:
    it = interviews
    other_posting = it.parts.postings.publications.create(
        it.employer, msgspec.convert(COMPLETE, PostingDraft)
    ).id
    of_posting = f"?posting_id={it.posting}"
    hidden, first, second = it.ids[0], it.ids[1], it.ids[4]
    reads = ("", "/events", "/notes", "/scorecards", "/interviewers")
    for below in reads:
        it.refuse("GET", f"/{first}{below}", it.interviewer, "applicant-not-found")
    for path in (of_posting, f"/counts{of_posting}"):
        it.refuse("GET", path, it.interviewer, "posting-not-found")
    assert it.assigned() == []

    it.assign(first, second)
    page = it.get(of_posting, by=it.interviewer)
    assert [one["id"] for one in page["applicants"]] == [second, first]
    narrow = it.get(f"{of_posting}&limit=1&stage=new&q=boats", by=it.interviewer)
    assert [one["id"] for one in narrow["applicants"]] == [first]
    assert it.get(f"{of_posting}&q=trains", by=it.interviewer)["applicants"] == []
    found = it.get(f"{of_posting}&limit=1&q=boats", by=it.interviewer)
    rest = it.get(f"{of_posting}&q=boats&cursor={found['next']}", by=it.interviewer)
    pages = [[one["id"] for one in page["applicants"]] for page in (found, rest)]
    assert pages == [[second], [first]]
    counts = it.get(f"/counts{of_posting}", by=it.interviewer)
    assert {stage: n for stage, n in counts["stages"].items() if n} == {"new": 1, "rejected": 1}
    both = f"/posting-counts?posting_ids={it.posting},{other_posting}"
    of_postings = it.get(both, by=it.interviewer)["postings"]
    assert of_postings == {it.posting: {"new": 1, "open": 1}}
    for below in reads:
        it.refuse("GET", f"/{hidden}{below}", it.interviewer, "applicant-not-found")

    # Neither contact details nor pay are in any answer.
    candidate = it.candidates[1]
    for path in (of_posting, "/assigned", *(f"/{first}{below}" for below in reads)):
        text = str(it.get(path, by=it.interviewer))
        assert candidate.email not in text
        assert "500000" not in text
        assert "'email'" not in text
    assert it.get(f"/{first}", by=it.interviewer)["links"]
    assert it.get(f"/{first}")["email"] == candidate.email

    body_of(it.request("DELETE", first), 204)
    for below in reads:
        it.refuse("GET", f"/{first}{below}", it.interviewer, "applicant-not-found")
    assert [one["id"] for one in it.assigned()] == [second]
    # A posting with a withdrawn application alone is found, too.
    withdrawn = {"$set": {"active": False, "withdrawn_at": times.now()}}
    it.parts.database["applications"].update_one({"_id": second}, withdrawn)
    assert it.get(f"/counts{of_posting}", by=it.interviewer)["withdrawn"] == 1
    page = it.get(f"{of_posting}&withdrawn=true", by=it.interviewer)
    assert [one["id"] for one in page["applicants"]] == [second]
    assigned = ("assigned", it.owner.id, it.interviewer.id)
    assert it.changes(first) == [assigned, ("unassigned", *assigned[1:])]


def test_feedback_is_missing_until_the_scorecard_is_sent(interviews: Interviews) -> None:
    it = interviews
    new, rejected = it.ids[0], it.ids[4]
    it.assign(new, rejected)
    missing = [(one["id"], one["scorecard_missing"]) for one in it.assigned()]
    assert missing == [(rejected, False), (new, True)]
    body = {"rating": 4, "comment": ""}
    body_of(send(it.http, "PUT", f"{it.path}/{new}/scorecard", body, it.owner.token))

    def rating() -> Any:
        page = it.get(f"?posting_id={it.posting}&stage=new", by=it.interviewer)
        return page["applicants"][0].get("rating")

    assert it.get(f"/{new}/scorecards", by=it.interviewer)["hidden"] == 1
    assert rating() is None
    body_of(send(it.http, "PUT", f"{it.path}/{new}/scorecard", body, it.interviewer.token))
    assert rating() == {"average": 4.0, "count": 2}
    assert not any(one["scorecard_missing"] for one in it.assigned())
    [shown] = it.get(f"/{new}/interviewers")["interviewers"]
    assert (shown["account_id"], shown["scorecard_sent"]) == (it.interviewer.id, True)


def test_writes_need_the_assignment_when_they_happen(interviews: Interviews) -> None:
    it = interviews
    it.assign(it.ids[0])
    member = it.parts.employers.memberships.find(it.interviewer.id, it.employer)
    assert member
    body_of(it.request("DELETE", it.ids[0]), 204)
    # The application was read before the assignment ended.
    write = (it.employer, it.ids[0], it.interviewer.id)
    notes = it.parts.review.applicants
    cards = it.parts.review.scorecard_service._scorecards
    assert notes.add_note(*write, "Late.", member.membership) is None
    assert cards.put(*write, 4, "", member.membership) is None


def test_only_members_with_access_are_assigned(
    interviews: Interviews, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = interviews
    [first, *_] = it.ids
    stranger, manager = (
        create_person(it.parts, "x@example.com"),
        it.member(MemberRole.HIRING_MANAGER),
    )
    problem_of(it.request("PUT", first, of=stranger), 404, "member-not-found")
    problem_of(it.request("PUT", first, of=manager), 409, "member-without-access")
    problem_of(it.request("PUT", first, by=manager), 404, "applicant-not-found")
    problem_of(it.request("PUT", first, by=it.interviewer), 403, "forbidden")
    it.parts.database["postings"].update_one({"_id": it.posting}, {"$set": {"team": [manager.id]}})
    for _ in range(2):
        body_of(it.request("PUT", first, of=manager, by=manager))
    assert it.changes(first) == [("assigned", manager.id, manager.id)]
    monkeypatch.setattr(interviewer_service, "MAX_INTERVIEWERS", 1)
    problem_of(it.request("PUT", first), 409, "too-many-interviewers")


def test_assignments_end_with_the_membership(interviews: Interviews) -> None:
    it = interviews
    [first, second, *_] = it.ids
    it.assign(first, second)
    it.remove_member()
    assert it.stored_assignments() == 0
    assert it.changes(first)[-1] == ("unassigned", it.owner.id, it.interviewer.id)
    it.rejoin()
    assert it.assigned() == []
    it.assign(first)
    answer = send(
        it.http, "POST", "/v1/account/deletion", {"password": PASSWORD}, it.interviewer.token
    )
    assert answer.status_code == 204
    assert it.stored_assignments() == 0
    assert (
        it.parts.database["due"].count_documents({"kind": ASSIGNMENT, "owner": it.interviewer.id})
        == 0
    )
    # An erased candidate takes the assignment along.
    recruiter = it.member(MemberRole.RECRUITER)
    body_of(it.request("PUT", first, of=recruiter))
    it.parts.privacy.candidate_data.remove(it.candidates[0].id)
    assert it.stored_assignments() == 0
    assert it.get("/assigned", by=recruiter)["applicants"] == []


@pytest.mark.parametrize("write", range(4))
def test_killed_removal_leaves_no_assignment(
    interviews: Interviews, monkeypatch: pytest.MonkeyPatch, write: int
) -> None:
    it = interviews
    [first, second, third, *_] = it.ids
    it.assign(first)
    interrupter = WriteInterrupter(monkeypatch, ("bulk_write",))
    memberships = it.parts.employers.memberships
    former = memberships.find(it.interviewer.id, it.employer)

    def assign_late(application: str) -> None:
        """Let a request assign that read the membership before its end."""
        with monkeypatch.context() as patch:
            patch.setattr(type(memberships), "find", lambda *_: former)
            it.service.assign(it.founder, application, it.interviewer.id)

    def assign_and_die() -> None:
        assign_late(second)
        kill()

    with interrupter.before(write, assign_and_die), suppress(Killed):
        departure = memberships.remove(it.interviewer.id, it.employer, by=it.owner.id)
        it.parts.employers.team_service.on_departure(departure)
    it.rejoin()
    handler = it.parts.interviewers.departure_handler
    if write == 0:
        # The removal was killed before its first write, so the member stays.
        assert it.stored_assignments() == len(it.assigned()) == 2
        assert handler.sweep() == 0
        return
    assert it.assigned() == []
    handler.sweep()
    assert it.stored_assignments() == 0
    assign_late(third)
    assert it.assigned() == []
    assert sweep_later(it) == 1
    assert it.stored_assignments() == 0
    assert it.parts.database["employers"].count_documents({"departures.0": {"$exists": True}}) == 0


def sweep_later(it: Interviews) -> int:
    """Sweep when no request of the present can be under way any more."""
    handler = it.parts.interviewers.departure_handler
    later = DepartureHandler(
        handler._assigned,
        handler._applications,
        handler._departures,
        lambda: times.now() + timedelta(seconds=61),
    )
    return later.sweep()


@pytest.mark.parametrize("write", [0, 1, 2, None])
def test_killed_assignment_is_mailed_once_or_not_made(
    interviews: Interviews, monkeypatch: pytest.MonkeyPatch, write: int | None
) -> None:
    it = interviews
    [first, *_] = it.ids
    interrupter = WriteInterrupter(monkeypatch, ("bulk_write", "insert_many"))
    with interrupter.before(write, kill), suppress(Killed):
        it.service.assign(it.founder, first, it.interviewer.id)
    is_made = it.stored_assignments() == 1
    assert is_made == (write in (2, None))
    [*items] = it.parts.database["due"].find({"kind": ASSIGNMENT})
    make_due(it.parts)
    emails = send_emails(it.parts)
    # The sweep was killed before it removed the item.
    if items:
        it.parts.database["due"].insert_many(items)
    make_due(it.parts)
    emails += send_emails(it.parts)
    assert len(emails) == is_made
    for mail in emails:
        assert f"/#/employers/{it.employer}/applications/{first}" in mail
        assert it.candidates[0].email not in mail
        assert "Boat builder" in mail


@pytest.mark.parametrize("ending", ["unassigned", "removed", "killed removal", "withdrawn", "own"])
def test_ended_assignment_is_not_mailed(interviews: Interviews, ending: str) -> None:
    it = interviews
    [first, *_] = it.ids
    if ending == "own":
        body_of(it.request("PUT", first, of=it.owner))
    else:
        it.assign(first)
    [*items] = it.parts.database["due"].find({"kind": ASSIGNMENT})
    if ending == "unassigned":
        body_of(it.request("DELETE", first), 204)
    elif ending == "removed":
        it.remove_member()
    elif ending == "killed removal":
        it.parts.employers.memberships.remove(it.interviewer.id, it.employer, by=it.owner.id)
    elif ending == "withdrawn":
        withdrawn = {"$set": {"active": False, "withdrawn_at": times.now()}}
        it.parts.database["applications"].update_one({"_id": first}, withdrawn)
    assert len(items) == (ending != "own")
    make_due(it.parts)
    assert send_emails(it.parts) == []


@contextmanager
def recorded_filters(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Record the filters of all reads of applications."""
    filters: list[Any] = []
    find = Collection.find

    def record(self: Any, *arguments: Any, **options: Any) -> Any:
        if self.name == "applications":
            filters.append(arguments[0])
        return find(self, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Collection, "find", record)
        yield filters


def test_lists_examine_assigned_applications_only(
    interviews: Interviews, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = interviews
    now = times.now()
    common = {"employer_id": it.employer, "posting_id": it.posting, "active": True, "stage": "new"}
    times_of = dict.fromkeys(("entered_at", "accepted_at", "stored_at"), now)
    for _ in range(MANY // 100):
        it.parts.database["applications"].insert_many(
            [
                {
                    "_id": new_id(),
                    "candidate_id": new_id(),
                    **common,
                    **times_of,
                    "cover_letter": "I build boats.",
                    "links": [],
                    "version": 2,
                }
                for _ in range(100)
            ]
        )
    it.assign(*it.ids[:3])
    of_posting = f"?posting_id={it.posting}"
    for path in (of_posting, f"{of_posting}&q=boats", f"/counts{of_posting}", "/assigned"):
        with recorded_filters(monkeypatch) as filters:
            it.get(path, by=it.interviewer)
        stored = it.parts.database["applications"]
        examined = [
            stored.find(one).explain()["executionStats"]["totalDocsExamined"] for one in filters
        ]
        assert filters
        assert max(examined) <= 3, (path, filters)


def id_of_hour(hours: int) -> str:
    """Return a new id as it was given some hours ago."""
    now = f"{int(time.time() - hours * 3600) * 1000:012x}"
    return f"{now[:8]}-{now[8:]}{new_id()[13:]}"


@pytest.mark.parametrize("count", [1, LIMIT, 4 * LIMIT], ids=["one", "a page", "many"])
def test_pages_of_an_interviewer_examine_little_more_than_they_have(
    interviews: Interviews, stores: Stores, count: int
) -> None:
    it, recorder = interviews, ReadRecorder()
    database = it.parts.database
    # One application of each posting an hour, for as long as the employer exists.
    employer, *postings = (id_of_hour(10 * count + 1 - n) for n in range(3))
    stored = database["postings"].find_one({"_id": it.posting})
    assert stored
    database["postings"].insert_many(
        {**stored, "_id": one, "employer_id": employer} for one in postings
    )
    entry = {"account_id": it.interviewer.id, "membership": "membership", "at": times.now()}
    applications = database["applications"]
    applications.insert_many(
        {
            "_id": id_of_hour(hour),
            "employer_id": employer,
            "posting_id": posting,
            "candidate_id": new_id(),
            "active": True,
            "stage": ("new", "review")[hour % 2],
            **dict.fromkeys(("entered_at", "accepted_at", "stored_at"), times.now()),
            "interviewers": [{"id": new_id(), **entry}],
            "version": 2,
        }
        for posting in postings
        for hour in range(2 * count)
    )
    posting = postings[0]
    member = Member(it.interviewer.id, "", employer, MemberRole.INTERVIEWER, "membership")
    wanted: dict[str | None, dict[str, str]] = {
        "": {"employer_id": employer},
        None: {"posting_id": posting},
        "review": {"posting_id": posting, "stage": "review"},
    }
    with MongoClient[dict[str, Any]](
        stores.mongodb_uri, event_listeners=[recorder], tz_aware=True
    ) as client:
        parts = copy_with(it.parts, database=client.get_default_database())

        def read(stage: str | None, cursor: str) -> Any:
            if stage == "":
                query = AssignedQuery(LIMIT, cursor)
                return parts.interviewers.interviewer_service.page(member, viewer_of(member), query)
            of_posting = ApplicantsQuery(posting, stage, limit=LIMIT, cursor=cursor)
            return parts.review.review_service.page(viewer_of(member), of_posting)

        for stage, found in wanted.items():
            cursor: str | None = ""
            shown: list[str] = []
            while cursor is not None:
                recorder.take()
                page = read(stage, cursor)
                lists = [one for one in recorder.take() if "sort" in one]
                assert lists
                assert sum(documents_examined(database, one) for one in lists) <= 2 * (LIMIT + 1)
                shown += [one.id for one in page.applicants]
                cursor = page.next
            assert shown == sorted((one["_id"] for one in applications.find(found)), reverse=True)
