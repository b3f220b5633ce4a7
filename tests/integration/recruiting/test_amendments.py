"""Amendments: order, limits, refusals, revisions, and what becomes of them when workers die."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from chalice.test import Client, HTTPResponse
from pymongo.database import Database

from chalicelib.bootstrap.container import Container
from chalicelib.common import times
from chalicelib.queue import Shards
from chalicelib.queue.admin import DeadLetters, Logs
from chalicelib.recruiting.amendments.rules import MAX_AMENDMENTS
from chalicelib.recruiting.applications.models import ApplicationDraft
from chalicelib.recruiting.pipeline.jobs import CommandKind
from chalicelib.recruiting.review.models import NoteDraft
from tests.integration.recruiting.candidates import (
    Candidate,
    Document,
    claim,
    dead_letter,
    drain_applications,
    handle,
    settle,
    without_mongodb,
)
from tests.integration.recruiting.killer import Killed, killer_database
from tests.integration.recruiting.pipelines import EMAIL, RECRUITER, publish_for_employer, send
from tests.integration.recruiting.steps import get, post, problem, publish
from tests.support.files import file_token
from tests.support.job_handler import make_job_handler

MOVE, REJECT, REINSTATE = CommandKind.MOVE, CommandKind.REJECT, CommandKind.REINSTATE


@pytest.fixture
def application(ada: Candidate, parts: Container) -> str:
    """A stored application for a posting of the employer."""
    application = ada.apply(publish_for_employer(parts), cover_letter="First")
    drain_applications(parts)
    return application


def amend(
    http: Client, person: Candidate, application: str, key: str = "", **draft: Any
) -> HTTPResponse:
    headers = {"Idempotency-Key": key} if key else {}
    return post(http, f"/v1/applications/{application}/amendment", draft, person.token, **headers)


def send_amendment(parts: Container, person: Candidate, application: str, text: str) -> None:
    """Send an amendment without HTTP."""
    parts.amendments.service.amend(person.id, application, ApplicationDraft(text), "-")


def revisions(http: Client, person: Candidate, application: str) -> list[Document]:
    answer = get(http, f"/v1/applications/{application}/revisions", person.token)
    assert answer.status_code == 200
    listed: list[Document] = json.loads(answer.body)["revisions"]
    return listed


def letter(http: Client, person: Candidate, application: str, revision: int) -> str:
    path = f"/v1/applications/{application}/revisions/{revision}"
    text: str = json.loads(get(http, path, person.token).body)["cover_letter"]
    return text


def test_candidate_changes_an_application_and_sees_both_revisions(
    http: Client, ada: Candidate, parts: Container
) -> None:
    posting = publish(parts)
    application = ada.apply(posting, cover_letter="First", links=["https://ada.example"])
    draft = {"cover_letter": "Second", "links": ["https://ada.example"]}
    answers = [amend(http, ada, application, "key", **draft) for _ in range(2)]
    receipt = json.loads(answers[0].body)
    assert [one.status_code for one in answers] == [202, 202]
    assert answers[0].body == answers[1].body
    assert answers[0].headers["Location"] == f"../{application}"
    assert (receipt["id"], receipt["posting_id"], receipt["repeat"]) == (
        application,
        posting,
        False,
    )
    assert parts.proofs.receipts.verify(receipt["receipt"]).id == application
    reused = amend(http, ada, application, "key", cover_letter="Third")
    assert problem(reused) == (422, "idempotency-key-reused")
    assert ada.status(application)["amending"]
    drain_applications(parts)
    status = ada.status(application)
    assert (status["status"], status["revision"], status["amendable"]) == ("stored", 2, True)
    assert "amending" not in status
    assert [event["event"] for event in status["timeline"]] == ["accepted", "stored", "amended"]
    assert [(one["revision"], one["changed"]) for one in revisions(http, ada, application)] == [
        (1, []),
        (2, ["cover_letter"]),
    ]
    assert [letter(http, ada, application, n) for n in (1, 2)] == ["First", "Second"]
    # Only the application was accepted for the posting.
    logs = Logs(parts.recruiting.lanes[0])
    [log] = logs.read([f"accepted:{posting}"], 9)
    assert log.entries == (application,)
    for number in ("0", "3", "x"):
        path = f"/v1/applications/{application}/revisions/{number}"
        assert problem(get(http, path, ada.token)) == (404, "revision-not-found")


def test_same_content_makes_no_revision(
    http: Client, ada: Candidate, application: str, parts: Container
) -> None:
    assert amend(http, ada, application, cover_letter="First").status_code == 202
    drain_applications(parts)
    assert len(revisions(http, ada, application)) == 1


def test_closed_posting_accepts_no_amendment(
    http: Client, ada: Candidate, parts: Container
) -> None:
    posting = publish(parts)
    application = ada.apply(posting)
    drain_applications(parts)
    publish(parts, id=posting, closes_in=timedelta(seconds=-1))
    assert problem(amend(http, ada, application, cover_letter="Late")) == (409, "posting-closed")
    assert "amendable" not in ada.status(application)


def test_amendment_behind_a_decision_is_not_done_and_the_candidate_sees_why(
    http: Client, ada: Candidate, application: str, parts: Container
) -> None:
    send(parts, application, MOVE, "new", stage="review")
    amend(http, ada, application, cover_letter="In time")
    send(parts, application, REJECT, "review")
    assert amend(http, ada, application, cover_letter="Too late").status_code == 202
    drain_applications(parts)
    status = ada.status(application)
    assert [event["event"] for event in status["timeline"]][-4:] == [
        "moved",
        "amended",
        "rejected",
        "not_amended",
    ]
    assert status["status"] == "rejected"
    assert status["timeline"][-1]["reason"] == "decided"
    assert "amendable" not in status
    refused = amend(http, ada, application, cover_letter="Later")
    assert problem(refused) == (409, "amendment-refused")
    assert letter(http, ada, application, 2) == "In time"
    send(parts, application, REINSTATE, "rejected")
    drain_applications(parts)
    assert ada.status(application)["amendable"]


def test_redriven_amendment_does_not_replace_a_later_one(
    http: Client, ada: Candidate, application: str, parts: Container
) -> None:
    send_amendment(parts, ada, application, "Second")
    lanes = parts.recruiting.lanes.of(ada.id)
    [job] = lanes.contents(ada.id).waiting
    dead_letter(parts, job)
    send_amendment(parts, ada, application, "Third")
    drain_applications(parts)
    DeadLetters(lanes).redrive_all()
    drain_applications(parts)
    assert letter(http, ada, application, 2) == "Third"
    status = ada.status(application)
    assert (status["revision"], status["timeline"][-1]["reason"]) == (2, "superseded")


def test_hidden_rejection_is_not_revealed_by_a_refusal(
    http: Client, ada: Candidate, application: str, parts: Container, database: Database[Document]
) -> None:
    send(parts, application, REJECT, "new", email=EMAIL)
    drain_applications(parts)
    assert ada.status(application)["amendable"]
    assert amend(http, ada, application, cover_letter="Second").status_code == 202
    drain_applications(parts)
    assert ada.events(application) == ("stored", ["accepted", "stored", "amended"])
    announced = times.now() - timedelta(minutes=EMAIL.delay_minutes)
    database["applications"].update_one(
        {"_id": application, "events.kind": "rejected"}, {"$set": {"events.$.at": announced}}
    )
    assert "amendable" not in ada.status(application)
    assert problem(amend(http, ada, application)) == (409, "amendment-refused")


def test_withdrawn_application_is_not_changed(
    http: Client, ada: Candidate, application: str, parts: Container
) -> None:
    ada.withdraw(application)
    assert amend(http, ada, application, cover_letter="Second").status_code == 202
    drain_applications(parts)
    assert ada.events(application)[1] == ["accepted", "stored", "withdrawn"]
    assert problem(amend(http, ada, application)) == (409, "amendment-refused")


def test_others_find_no_application_to_change(
    http: Client, bob: Candidate, application: str
) -> None:
    for one in (application, "x"):
        assert problem(amend(http, bob, one)) == (404, "application-not-found")
        path = f"/v1/applications/{one}/revisions"
        assert problem(get(http, path, bob.token)) == (404, "application-not-found")


def test_waiting_application_is_changed_without_mongodb(
    http: Client, ada: Candidate, parts: Container
) -> None:
    application = ada.apply(publish(parts), cover_letter="First")
    with without_mongodb(parts) as degraded:
        send_amendment(degraded, ada, application, "Second")
    drain_applications(parts)
    assert letter(http, ada, application, 2) == "Second"


def test_first_revision_is_unchanged_after_100_amendments(
    http: Client, ada: Candidate, application: str, parts: Container, database: Database[Document]
) -> None:
    parts.recruiting.override(lanes=Shards(parts.redis, "applications"))

    def digest(number: int) -> str:
        content = database["revisions"].find_one({"_id": f"{application}:{number}"})
        return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()

    send_amendment(parts, ada, application, "Letter 2")
    drain_applications(parts)
    first = digest(1)
    for number in range(3, 102):
        send_amendment(parts, ada, application, f"Letter {number}")
    drain_applications(parts)
    assert digest(1) == first
    assert letter(http, ada, application, 1) == "First"
    newest = MAX_AMENDMENTS + 1
    assert ada.status(application)["revision"] == newest
    assert letter(http, ada, application, newest) == f"Letter {newest}"
    assert database["revisions"].count_documents({}) == MAX_AMENDMENTS
    assert problem(amend(http, ada, application)) == (409, "amendment-refused")


@pytest.mark.parametrize("writes", range(5))
def test_killed_worker_makes_each_revision_once(
    http: Client, ada: Candidate, application: str, parts: Container, writes: int
) -> None:
    for text in ("Second", "Third"):
        send_amendment(parts, ada, application, text)
    held = claim(parts)
    with suppress(Killed):
        make_job_handler(killer_database(parts.database, writes)).handle(held.jobs)
    settle(parts, held, handle(parts, held))
    send_amendment(parts, ada, application, "Fourth")
    drain_applications(parts)
    texts = [letter(http, ada, application, n) for n in range(1, 5)]
    assert texts == ["First", "Second", "Third", "Fourth"]
    assert len(revisions(http, ada, application)) == 4


def test_amendment_of_a_dead_lettered_application_waits_for_an_operator(
    ada: Candidate, parts: Container
) -> None:
    application = ada.apply(publish(parts))
    send_amendment(parts, ada, application, "Second")
    dead_letter(parts, application)
    drain_applications(parts)
    assert ada.status(application)["amending"]


def test_employer_sees_what_changed_and_keeps_notes(
    ada: Candidate, application: str, parts: Container
) -> None:
    review, reader = parts.review, parts.amendments.reader
    note = review.review_service.add_note(RECRUITER, application, NoteDraft("Reads well"))
    send_amendment(parts, ada, application, "Second")
    drain_applications(parts)
    details = review.review_service.get(RECRUITER, application)
    assert (details.cover_letter, details.revision) == ("Second", 2)
    assert details.amended_at is not None
    [event] = (
        one
        for one in parts.recruiting.pipeline.rejection_service.events(RECRUITER, application).events
        if one.kind == "amended"
    )
    assert (event.actor, event.revision, event.changed) == ("candidate", 2, ["cover_letter"])
    assert review.review_service.list_notes(RECRUITER, application).notes == [note]
    found = parts.amendments.applicants.find(RECRUITER, application).document
    assert [reader.get(found, n).cover_letter for n in ("1", "2")] == ["First", "Second"]


def test_deleted_candidate_leaves_no_revision(
    ada: Candidate, application: str, parts: Container, database: Database[Document]
) -> None:
    send_amendment(parts, ada, application, "Second")
    drain_applications(parts)
    assert database["revisions"].count_documents({"candidate_id": ada.id}) == 1
    parts.privacy.candidate_data.remove(ada.id)
    assert database["revisions"].count_documents({}) == 0


def test_files_are_added_and_former_revisions_keep_theirs(
    http: Client, ada: Candidate, application: str, parts: Container, database: Database[Document]
) -> None:
    def token(name: str) -> str:
        return file_token(parts, ada.id, name)

    for files in ([token("a.pdf")], [token("b.pdf"), token("c.pdf")]):
        assert amend(http, ada, application, cover_letter="First", files=files).status_code == 202
    drain_applications(parts)
    assert [one["changed"] for one in revisions(http, ada, application)] == [
        [],
        ["files"],
        ["files"],
    ]
    former = database["revisions"].find_one({"_id": f"{application}:2"}) or {}
    present = database["applications"].find_one({"_id": application}) or {}
    assert [one["name"] for one in former["files"]] == ["a.pdf"]
    assert [one["name"] for one in present["files"]] == ["a.pdf", "b.pdf", "c.pdf"]
    refused = amend(http, ada, application, files=[token("d.pdf") + "x"])
    assert problem(refused) == (422, "invalid-fields")
