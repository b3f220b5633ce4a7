"""Forms of postings: versions, applications that answer them, stores that are down."""

from __future__ import annotations

from typing import Any

import pytest
from chalice.test import Client, HTTPResponse
from redis import Redis

from chalicelib.bootstrap.container import Container
from chalicelib.common.ids import new_id
from chalicelib.recruiting.applications.jobs import read_application
from chalicelib.recruiting.employers.models import MemberRole
from tests.integration.auth.api_requests import body_of, problem_of, send
from tests.integration.auth.people import create_person
from tests.integration.employers.yard import Yard
from tests.integration.recruiting.candidates import drain_applications
from tests.integration.recruiting.steps import commands_until_echo

WHY = {"id": "why", "kind": "text", "label": "Why boats?", "required": True}
SHIFT = {
    "id": "shift",
    "kind": "choice",
    "label": "Can you work at night?",
    "choices": [{"id": "yes", "label": "Yes"}, {"id": "no", "label": "No", "knock_out": True}],
}
QUESTIONS = [WHY, SHIFT]


def put(yard: Yard, posting: Any, questions: Any, **more: Any) -> HTTPResponse:
    return yard.send("PUT", f"/{posting['id']}/form", {"questions": questions}, **more)


def apply(yard: Yard, posting: Any, token: str = "", **draft: Any) -> HTTPResponse:
    token = token or create_person(yard.parts, f"{new_id()}@example.com").token
    return send(yard.http, "POST", f"/v1/postings/{posting['id']}/applications", draft, token)


def public_form(yard: Yard, posting: Any) -> Any:
    return body_of(yard.get(f"/v1/postings/{posting['id']}/form"))


@pytest.fixture
def posting(yard: Yard) -> Any:
    """A published posting with a form."""
    draft = yard.create()
    body_of(put(yard, draft, QUESTIONS))
    return yard.act(draft, "publication")


def test_questions_are_read_without_their_knock_outs(yard: Yard, posting: Any) -> None:
    form = public_form(yard, posting)
    assert form["version"] == yard.read_public(posting).json_body["form_version"] == 1
    assert [one["id"] for one in form["questions"]] == ["why", "shift"]
    assert "knock_out" not in str(form)
    own = body_of(yard.send("GET", f"/{posting['id']}/form"))
    assert own["questions"][1]["choices"][1]["knock_out"] is True


def test_change_makes_a_version_that_applications_must_name(yard: Yard, posting: Any) -> None:
    candidate = create_person(yard.parts, "bob@example.com").token
    draft: dict[str, Any] = {"form_version": 1, "answers": {"why": "Wood", "shift": "no"}}
    late = create_person(yard.parts, "cem@example.com").token
    first = body_of(apply(yard, posting, candidate, **draft), 202)
    changed = put(yard, posting, [WHY], If_Match='"1"')
    assert body_of(changed)["version"] == 2
    assert changed.headers["ETag"] == '"2"'
    problem_of(apply(yard, posting, late, **draft), 409, "form-changed")
    problem_of(apply(yard, posting, late), 409, "form-changed")
    problem_of(apply(yard, posting, late, form_version=9), 409, "form-changed")
    repeated = body_of(apply(yard, posting, candidate, **draft), 202)
    assert (repeated["id"], repeated["repeat"]) == (first["id"], True)
    body_of(apply(yard, posting, late, form_version=2, answers={"why": "Wood"}), 202)
    # Without questions nothing is demanded.
    body_of(put(yard, posting, []))
    body_of(apply(yard, posting), 202)
    problem_of(apply(yard, posting, form_version=2, answers={"why": "x"}), 409, "form-changed")


def test_same_questions_make_no_version(yard: Yard, posting: Any) -> None:
    assert body_of(put(yard, posting, QUESTIONS))["version"] == 1
    problem_of(put(yard, posting, [WHY], If_Match='"7"'), 412, "precondition-failed")
    assert public_form(yard, posting)["version"] == 1


def test_each_bad_answer_is_named(yard: Yard, posting: Any) -> None:
    answers = {"shift": "maybe", "other": "x"}
    refused = apply(yard, posting, form_version=1, answers=answers)
    problem = problem_of(refused, 422, "invalid-answers")
    fields = {one["field"]: one["detail"] for one in problem["errors"]}
    assert fields.keys() == {"answers.why", "answers.shift", "answers.other"}
    assert fields["answers.why"] == "Answer this question"
    problem_of(apply(yard, posting, answers={"why": "x"}), 422, "invalid-answers")


def test_guest_reads_the_answers_to_the_version_that_was_answered(
    yard: Yard, posting: Any, parts: Container
) -> None:
    path = f"/v1/postings/{posting['id']}/guest-applications"
    draft = {"form_version": 1, "answers": {"shift": "no", "why": "Wood"}}
    body_of(send(yard.http, "POST", path, {"email": "c@example.com", "name": "C", **draft}), 202)
    body_of(put(yard, posting, [WHY | {"label": "Why ships?"}]))
    guests = parts.recruiting.guest_applications
    [stored] = parts.database["guest_applications"].find({}, {"_id": 1})
    one = guests.guests.find(stored["_id"])
    assert one is not None
    token = {"token": guests.tokens.issue(one)}
    shown = body_of(send(yard.http, "POST", "/v1/guest-applications/preview", token))
    assert shown["answers"] == [
        {"label": "Why boats?", "text": "Wood"},
        {"label": "Can you work at night?", "text": "No"},
    ]


def test_job_has_the_answers_and_the_flags(yard: Yard, posting: Any, parts: Container) -> None:
    answers = {"shift": "no", "why": " Wood\u0301 "}
    receipt = body_of(apply(yard, posting, form_version=1, answers=answers), 202)
    job = parts.recruiting.lanes[0].find(receipt["id"])
    assert job is not None
    application = read_application(job)
    assert application is not None
    assert application.draft.answers == {"why": "Wood\u0301", "shift": "no"}
    assert (application.draft.form_version, application.knock_outs) == (1, ("shift",))


def test_warm_process_applies_in_one_round_trip_without_mongodb(
    yard: Yard, posting: Any, parts: Container, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft: dict[str, Any] = {"form_version": 1, "answers": {"why": "Wood"}}
    others = [create_person(parts, f"{one}@example.com").token for one in ("bob", "cem")]

    def fail(*_: Any) -> None:
        raise AssertionError("MongoDB was read")

    monkeypatch.setattr(parts.forms.forms, "find", fail)
    # The questions are in Redis.
    body_of(apply(yard, posting, others[0], **draft), 202)
    with redis.monitor() as monitor:  # type: ignore[no-untyped-call]
        redis.ping()
        body_of(apply(yard, posting, others[1], **draft), 202)
        redis.echo("end")
        commands = commands_until_echo(monitor)
    connecting = ("PING", "HELLO", "CLIENT", "ZREM")
    assert [one for one in commands if one not in connecting] == ["EVALSHA"]


def test_lost_questions_return_and_those_of_closed_postings_expire(
    yard: Yard, posting: Any, parts: Container, redis: Redis
) -> None:
    [key] = redis.keys("*:rules:*:1")
    assert redis.ttl(key) == -1
    redis.delete(key)
    assert parts.postings.gate_reconciler.run().repaired == 1
    assert redis.ttl(key) == -1
    yard.act(posting, "closing")
    assert 0 < redis.ttl(key) <= 24 * 60 * 60
    yard.act(posting, "reopening", {"closes": None})
    assert redis.ttl(key) == -1
    body_of(put(yard, posting, [WHY]))
    assert 0 < redis.ttl(key) <= 24 * 60 * 60


def test_number_of_a_version_that_came_too_late_is_not_used_again(
    yard: Yard, posting: Any, parts: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(parts.postings.employer_postings, "update", lambda *_: None)
        problem_of(put(yard, posting, [SHIFT]), 412, "precondition-failed")
    assert body_of(put(yard, posting, [WHY]))["version"] == 3


@pytest.mark.parametrize("heal", ["apply", "reconcile"])
def test_gate_and_questions_return_after_redis_lost_its_memory(
    heal: str, yard: Yard, posting: Any, parts: Container, redis: Redis
) -> None:
    redis.flushall()
    if heal == "reconcile":
        assert parts.postings.gate_reconciler.run().repaired == 1
        assert redis.keys("*:rules:*:1")
    problem_of(apply(yard, posting), 409, "form-changed")
    body_of(apply(yard, posting, form_version=1, answers={"why": "Wood"}), 202)
    assert redis.keys("*:rules:*:1")


def test_change_that_died_before_the_gate_is_completed(
    yard: Yard, posting: Any, parts: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher = parts.recruiting.postings.publisher

    def die(posting_id: str) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(type(publisher), "follow", lambda self, posting_id: die(posting_id))
        with pytest.raises(SystemExit):
            put(yard, posting, [WHY])
    assert parts.postings.gate_reconciler.run().repaired == 1
    problem_of(apply(yard, posting, form_version=1, answers={"why": "Wood"}), 409, "form-changed")
    body_of(apply(yard, posting, form_version=2, answers={"why": "Wood"}), 202)


def test_incomplete_questions_block_the_publication(yard: Yard) -> None:
    draft = yard.create()
    form = body_of(put(yard, draft, [WHY, {"id": "b", "kind": "choice"}]))
    assert form["missing"].keys() == {"questions[1].label", "questions[1].choices"}
    read = body_of(yard.send("GET", f"/{draft['id']}"))
    assert read["missing"] == {"form": "Question 2: write the question"}
    problem_of(yard.send("POST", f"/{draft['id']}/publication"), 422, "posting-incomplete")
    body_of(put(yard, draft, QUESTIONS))
    published = yard.act(draft, "publication")
    problem = problem_of(
        put(yard, published, [{"id": "b", "kind": "text"}]), 422, "posting-incomplete"
    )
    assert [one["field"] for one in problem["errors"]] == ["questions[0].label"]


@pytest.mark.parametrize(
    ("questions", "field"),
    [
        ([WHY, WHY], "questions"),
        ([WHY | {"id": "Upper"}], "questions[0].id"),
        ([WHY, {"id": "cv", "kind": "file", "file_types": ["exe"]}], "questions[1].file_types[0]"),
        ([WHY | {"max_length": 1001}], "questions[0].max_length"),
        ([WHY | {"label": "\x00"}], "questions[0].label"),
        ([{"id": "n", "kind": "number", "min": 2, "max": 1}], "questions[0].max"),
        ([SHIFT | {"choices": [{"id": "a", "label": "A"}] * 2}], "questions[0].choices"),
        ([WHY | {"id": f"q{n}"} for n in range(51)], "questions"),
    ],
)
def test_bad_question_is_named(yard: Yard, questions: Any, field: str) -> None:
    problem = problem_of(put(yard, yard.create(), questions), 422, "invalid-fields")
    assert [one["field"] for one in problem["errors"]] == [field]


def test_copy_has_the_questions_and_a_deleted_draft_leaves_none(
    yard: Yard, posting: Any, parts: Container
) -> None:
    copy = body_of(yard.send("POST", f"/{posting['id']}/copy"), 201)
    form = body_of(yard.send("GET", f"/{copy['id']}/form"))
    assert [one["id"] for one in form["questions"]] == ["why", "shift"]
    body_of(put(yard, copy, [WHY]))
    assert len(parts.forms.forms.find_all(copy["id"])) == 1
    body_of(yard.send("DELETE", f"/{copy['id']}"), 204)
    assert not parts.forms.forms.find_all(copy["id"])
    assert public_form(yard, posting)["version"] == 1


def test_hiring_manager_edits_drafts_of_own_postings_only(
    yard: Yard, posting: Any, http: Client
) -> None:
    manager = yard.member(MemberRole.HIRING_MANAGER)
    own = yard.create(team=[manager.id])
    body_of(put(yard, own, [WHY], by=manager))
    yard.act(own, "publication")
    problem_of(put(yard, own, QUESTIONS, by=manager), 403, "forbidden")
    problem_of(put(yard, posting, [WHY], by=manager), 404, "posting-not-found")
    draft = yard.create()
    problem_of(yard.get(f"/v1/postings/{draft['id']}/form"), 404, "posting-not-found")


def test_amendment_answers_the_version_of_its_application_or_the_present_one(
    yard: Yard, posting: Any
) -> None:
    candidate = create_person(yard.parts, "bob@example.com").token
    answers = {"why": "Wood", "shift": "yes"}
    sent = body_of(apply(yard, posting, candidate, form_version=1, answers=answers), 202)

    def amend(**draft: Any) -> HTTPResponse:
        path = f"/v1/applications/{sent['id']}/amendment"
        return send(yard.http, "POST", path, draft, candidate)

    body_of(put(yard, posting, [WHY]))
    # The application waits, and then is stored.
    for _ in range(2):
        body_of(amend(form_version=1, answers={**answers, "shift": "no"}), 202)
        problem_of(amend(form_version=1), 422, "invalid-answers")
        problem_of(amend(form_version=3), 409, "form-changed")
        problem_of(amend(cover_letter="No answers"), 409, "form-changed")
        drain_applications(yard.parts)
    stored = yard.parts.database["applications"].find_one({"_id": sent["id"]}) or {}
    assert (stored["answers"]["shift"], stored["knock_outs"], stored["revision"]) == (
        "no",
        ["shift"],
        2,
    )
    body_of(amend(form_version=2, answers={"why": "Steel"}), 202)
