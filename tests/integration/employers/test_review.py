"""What members read about applicants over HTTP, and the notes that they write."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from chalice.test import Client

from chalicelib.bootstrap.container import Container
from chalicelib.common import times
from chalicelib.common.ids import new_id
from chalicelib.recruiting.employers.models import MemberRole
from chalicelib.recruiting.postings.employer_models import PostingDraft
from chalicelib.recruiting.review import repository, scorecards
from tests.integration.auth.api_requests import body_of, problem_of, send
from tests.integration.auth.people import Person, create_person
from tests.integration.auth.route_examples import COMPLETE

STAGES = ("new", "new", "review", "new", "rejected", "review", "new")


class Applicants:
    """The applications for a posting of an employer, oldest first, and its members' requests."""

    def __init__(self, http: Client, parts: Container, owner: Person) -> None:
        self.http, self.parts, self.owner = http, parts, owner
        self.employer = parts.employers.employers.create("yard", "Yard", "", owner.id).id
        draft = msgspec.convert(COMPLETE, PostingDraft)
        self.posting = parts.postings.publications.create(self.employer, draft).id
        self.path = f"/v1/employers/{self.employer}/applications"
        self.candidates = [
            create_person(parts, f"candidate{number}@example.com") for number in range(len(STAGES))
        ]
        # Ids of one millisecond are in no order.
        ids = sorted(new_id() for _ in STAGES)
        self.ids = [
            self.store(candidate, stage, _id=application_id)
            for candidate, stage, application_id in zip(self.candidates, STAGES, ids, strict=True)
        ]

    def member(self, role: MemberRole) -> Person:
        person = create_person(self.parts, f"{role.value}@example.com")
        self.parts.employers.memberships.add(person.id, self.employer, role)
        return person

    def store(self, candidate: Person, stage: str, **more: Any) -> str:
        now = times.now()
        document: dict[str, Any] = {
            "_id": new_id(),
            "employer_id": self.employer,
            "posting_id": self.posting,
            "candidate_id": candidate.id,
            "cover_letter": "I build boats.",
            "links": ["https://example.com/boats"],
            "active": True,
            "stage": stage,
            "version": 2,
            **dict.fromkeys(("entered_at", "accepted_at", "stored_at"), now),
            **more,
        }
        assert self.parts.recruiting.applications.insert([document]) == []
        return str(document["_id"])

    def get(self, path: str = "", *, by: Person | None = None) -> Any:
        return body_of(send(self.http, "GET", f"{self.path}{path}", None, (by or self.owner).token))

    def refuse(self, method: str, path: str, by: Person, slug: str) -> None:
        """Check that a request gets a problem with the status 404."""
        problem_of(send(self.http, method, f"{self.path}{path}", None, by.token), 404, slug)

    def all_pages(self, query: str) -> list[str]:
        ids, cursor = [], ""
        while True:
            page = self.get(f"?posting_id={self.posting}&limit=2&cursor={cursor}{query}")
            ids += [one["id"] for one in page["applicants"]]
            cursor = page["next"]
            if cursor is None:
                return ids


@pytest.fixture
def applicants(http: Client, parts: Container, ada: Person) -> Applicants:
    return Applicants(http, parts, ada)


def test_pages_have_each_applicant_once_newest_first(applicants: Applicants) -> None:
    newest_first = applicants.ids[::-1]
    assert applicants.all_pages("") == newest_first
    for stage in ("new", "review", "rejected", "hired"):
        wanted = [one for one, of in zip(newest_first, STAGES[::-1], strict=True) if of == stage]
        assert applicants.all_pages(f"&stage={stage}") == wanted


def test_lists_are_served_by_indexes(applicants: Applicants) -> None:
    stored = applicants.parts.database["applications"]
    scope = repository.PostingScope(applicants.employer, applicants.posting)
    for query in (scope.filter(), scope.filter(withdrawn=True), scope.filter() | {"stage": "new"}):
        plan = stored.find({**query, "_id": {"$gte": "0", "$lt": "g"}}).explain()
        assert "IXSCAN" in str(plan["queryPlanner"]["winningPlan"])


def test_withdrawn_and_duplicate_applications_are_apart(applicants: Applicants) -> None:
    withdrawn = applicants.store(
        create_person(applicants.parts, "gone@example.com"),
        "review",
        active=False,
        withdrawn_at=times.now() + timedelta(seconds=1),
    )
    applicants.parts.recruiting.applications.insert(
        [
            {
                "_id": new_id(),
                "candidate_id": applicants.candidates[0].id,
                "duplicate_of": applicants.ids[0],
                "active": False,
                "accepted_at": times.now(),
            }
        ]
    )
    assert applicants.all_pages("") == applicants.ids[::-1]
    assert applicants.all_pages("&withdrawn=true") == [withdrawn]
    counts = applicants.get(f"/counts?posting_id={applicants.posting}")
    assert counts["withdrawn"] == 1
    assert {stage: n for stage, n in counts["stages"].items() if n} == {
        stage: STAGES.count(stage) for stage in set(STAGES)
    }
    assert counts["stages"]["hired"] == 0


def test_search_finds_names_and_letters_in_every_script(applicants: Applicants) -> None:
    people = {
        name: create_person(applicants.parts, f"{number}@example.com", name=name)
        for number, name in enumerate(("Zoë Ångström", "王小明", "Ada Byron"))
    }
    ids = {
        name: applicants.store(person, "review", cover_letter=letter)
        for (name, person), letter in zip(
            people.items(), ("Naïve C++ code", "高级软件工程师", "हिन्दी"), strict=True
        )
    }
    for query, name in (
        *(("zoe", "Zoë Ångström"), ("ANGSTROM naive", "Zoë Ångström"), ("c%2B%2B", "Zoë Ångström")),
        *(("小明", "王小明"), ("工程师", "王小明"), ("हिन्दी", "Ada Byron"), ("byr", "Ada Byron")),
    ):
        assert applicants.all_pages(f"&q={query}") == [ids[name]], query
    assert applicants.all_pages("&q=boats&stage=rejected") == [applicants.ids[4]]
    assert applicants.all_pages("&q=boats%20zoe") == []
    applicants.parts.privacy.candidate_data.remove(people["Ada Byron"].id)
    assert applicants.all_pages("&q=byron") == []
    path = f"{applicants.path}?posting_id={applicants.posting}&q="
    many = "%20".join(map(str, range(21)))
    answer = send(applicants.http, "GET", path + many, None, applicants.owner.token)
    assert problem_of(answer, 422, "invalid-fields")["errors"][0]["field"] == "q"


def test_open_applications_are_counted_for_visible_postings(applicants: Applicants) -> None:
    draft = msgspec.convert(COMPLETE, PostingDraft)
    publications = applicants.parts.postings.publications
    empty = publications.create(applicants.employer, draft).id
    other = applicants.parts.employers.employers.create("dock", "Dock", "", new_id()).id
    wanted = ",".join((applicants.posting, empty, publications.create(other, draft).id, "none"))
    found = applicants.get(f"/posting-counts?posting_ids={wanted}")
    in_new, in_review = STAGES.count("new"), STAGES.count("review")
    assert found["postings"] == {
        applicants.posting: {"new": in_new, "open": in_new + in_review},
        empty: {"new": 0, "open": 0},
    }
    manager = applicants.member(MemberRole.HIRING_MANAGER)
    of_manager = applicants.get(f"/posting-counts?posting_ids={wanted}", by=manager)
    assert of_manager == {"postings": {}}


def test_details_have_what_the_candidate_sent(applicants: Applicants) -> None:
    [first, *_] = applicants.ids
    found = applicants.get(f"/{first}")
    person = applicants.candidates[0]
    assert (found["email"], found["cover_letter"]) == (person.email, "I build boats.")
    assert found["title"] == "Boat builder"
    assert found["links"] == ["https://example.com/boats"]


def test_member_sees_only_what_the_role_allows(applicants: Applicants) -> None:
    [first, *_] = applicants.ids
    manager = applicants.member(MemberRole.HIRING_MANAGER)
    recruiter = applicants.member(MemberRole.RECRUITER)
    of_posting = f"?posting_id={applicants.posting}"
    for path, problem in (
        (of_posting, "posting-not-found"),
        (f"/counts{of_posting}", "posting-not-found"),
        (f"/{first}", "applicant-not-found"),
        (f"/{first}/notes", "applicant-not-found"),
    ):
        applicants.get(path, by=recruiter)
        applicants.refuse("GET", path, manager, problem)
        join_team(applicants, manager)
        applicants.get(path, by=manager)
        join_team(applicants)


def test_posting_of_another_employer_is_not_found(applicants: Applicants) -> None:
    stranger = create_person(applicants.parts, "stranger@example.com")
    other = applicants.parts.employers.employers.create("other", "Other", "", stranger.id).id
    path = f"/v1/employers/{other}/applications"
    for below in (f"?posting_id={applicants.posting}", f"/{applicants.ids[0]}"):
        answer = send(applicants.http, "GET", f"{path}{below}", None, stranger.token)
        assert answer.status_code == 404


def test_notes_stay_with_their_authors(
    applicants: Applicants, monkeypatch: pytest.MonkeyPatch
) -> None:
    [first, *_] = applicants.ids
    recruiter = applicants.member(MemberRole.RECRUITER)
    path = f"{applicants.path}/{first}/notes"

    def write(text: str, by: Person) -> Any:
        return send(applicants.http, "POST", path, {"text": text}, by.token)

    own = body_of(write(" Call\r\nher.\u202e ", applicants.owner), 201)
    assert (own["text"], own["author_id"]) == ("Call\nher.", applicants.owner.id)
    other = body_of(write("No.", recruiter), 201)
    problem_of(write(" \u202e\n", recruiter), 422, "invalid-fields")
    assert applicants.get(f"/{first}/notes")["notes"] == [own, other]

    applicants.refuse("DELETE", f"/{first}/notes/{own['id']}", recruiter, "note-not-found")
    monkeypatch.setattr(repository, "MAX_NOTES", 2)
    problem_of(write("Too many", recruiter), 409, "too-many-notes")
    gone = send(applicants.http, "DELETE", f"{path}/{other['id']}", None, recruiter.token)
    assert gone.status_code == 204
    assert applicants.get(f"/{first}/notes")["notes"] == [own]

    candidate = applicants.candidates[0]
    seen = send(applicants.http, "GET", f"/v1/applications/{first}", None, candidate.token)
    assert "Call" not in seen.body.decode()
    applicants.parts.privacy.candidate_data.remove(candidate.id)
    applicants.refuse("GET", f"/{first}/notes", recruiter, "applicant-not-found")


def test_scorecards_of_others_are_hidden_until_the_own_one_is_sent(
    applicants: Applicants, monkeypatch: pytest.MonkeyPatch
) -> None:
    [first, *_] = applicants.ids
    owner, recruiter = applicants.owner, applicants.member(MemberRole.RECRUITER)
    manager = applicants.member(MemberRole.HIRING_MANAGER)
    join_team(applicants, manager)
    path = f"{applicants.path}/{first}/scorecard"

    def rate(by: Person, rating: int, comment: str = "") -> Any:
        body = {"rating": rating, "comment": comment}
        return send(applicants.http, "PUT", path, body, by.token)

    def averages(by: Person) -> list[Any]:
        page = applicants.get(f"?posting_id={applicants.posting}", by=by)["applicants"]
        return [one["rating"] for one in page if "rating" in one]

    strong = body_of(rate(owner, 4, " Builds\r\nboats.\u202e "))
    assert (strong["rating"], strong["comment"]) == (4, "Builds\nboats.")
    hidden: dict[str, Any] = {"own": None, "others": [], "hidden": 1}
    assert applicants.get(f"/{first}/scorecards", by=manager) == hidden
    assert averages(manager) == []
    assert averages(recruiter) == averages(owner) == [{"average": 4.0, "count": 1}]

    own = body_of(rate(manager, 1))
    assert applicants.get(f"/{first}/scorecards", by=manager) == {
        "own": own,
        "others": [strong],
        "hidden": 0,
    }
    body_of(rate(recruiter, 3))
    body_of(rate(recruiter, 2, "Too few boats"))
    body_of(rate(recruiter, 2))
    assert averages(manager) == [{"average": 2.3, "count": 3}]
    for number in (0, 5, 2.5):
        assert rate(owner, number).status_code in (400, 422)  # type: ignore[arg-type]

    for _ in range(2):
        assert send(applicants.http, "DELETE", path, None, manager.token).status_code == 204
    assert applicants.get(f"/{first}/scorecards", by=manager)["hidden"] == 2
    assert averages(owner) == [{"average": 3.0, "count": 2}]
    monkeypatch.setattr(scorecards, "MAX_SCORECARDS", 2)
    problem_of(rate(manager, 3), 409, "too-many-scorecards")
    candidate = applicants.candidates[0]
    seen = send(applicants.http, "GET", f"/v1/applications/{first}", None, candidate.token)
    assert "boats" not in seen.body.decode()


def test_simultaneous_scorecards_agree_with_their_sum(applicants: Applicants) -> None:
    [first, *_] = applicants.ids
    repository = scorecards.ScorecardRepository(applicants.parts.database)

    def write(number: int) -> None:
        author = str(number % 4)
        if number % 5 == 4:
            repository.delete(applicants.employer, first, author)
        else:
            repository.put(applicants.employer, first, author, number % 3 + 1, "")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(40)))
    stored = applicants.parts.database["applications"].find_one({"_id": first})
    assert stored is not None
    ratings = [card["rating"] for card in stored["scorecards"]]
    assert stored["rating"] == {"sum": sum(ratings), "count": len(ratings)}
    assert len({card["author_id"] for card in stored["scorecards"]}) == len(ratings)


def join_team(applicants: Applicants, *people: Person) -> None:
    """Replace the team of the posting."""
    team = {"team": [person.id for person in people]}
    applicants.parts.database["postings"].update_one({"_id": applicants.posting}, {"$set": team})
