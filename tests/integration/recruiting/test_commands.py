"""Commands of employers: order, refusals, e-mails, and what other members may see."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo.database import Database

from chalicelib.auth.errors import Forbidden
from chalicelib.bootstrap.container import Container
from chalicelib.common.errors import TooManyRequests
from chalicelib.common.ids import IdempotencyKey, new_id
from chalicelib.queue import Limits, Rate, Shards
from chalicelib.queue.worker import Dead
from chalicelib.recruiting.applications.errors import IdempotencyKeyReused
from chalicelib.recruiting.pipeline.applicants import Viewer
from chalicelib.recruiting.pipeline.errors import (
    ApplicantNotFound,
    CommandNotFound,
    NoEmailToCancel,
)
from chalicelib.recruiting.pipeline.jobs import CommandKind, CommandRequest, RejectionEmail
from tests.integration.recruiting.candidates import (
    Candidate,
    Document,
    claim,
    drain_applications,
    handle,
    settle,
)
from tests.integration.recruiting.killer import Killed, killer_database
from tests.integration.recruiting.pipelines import (
    EMAIL,
    EMPLOYER,
    RECRUITER,
    find_status,
    make_due,
    publish_for_employer,
    send,
    send_emails,
    stage_and_events,
)
from tests.support.job_handler import make_job_handler

MOVE, REJECT = CommandKind.MOVE, CommandKind.REJECT
REINSTATE, HIRE = CommandKind.REINSTATE, CommandKind.HIRE
PROPOSE = CommandKind.PROPOSE_HIRE


@pytest.fixture
def application(ada: Candidate, parts: Container) -> str:
    """A stored application for a posting of the employer."""
    application = ada.apply(publish_for_employer(parts, emails=True))
    drain_applications(parts)
    send_emails(parts)
    return application


def test_commands_and_withdrawal_take_effect_in_order(
    ada: Candidate, application: str, parts: Container
) -> None:
    sent = [
        send(parts, application, MOVE, "new", stage="review"),
        send(parts, application, REJECT, "new", email=EMAIL),  # a second recruiter
        send(parts, application, REJECT, "review"),
        send(parts, application, HIRE, "rejected"),
        send(parts, application, REINSTATE, "rejected"),
        send(parts, application, MOVE, "review", stage="nowhere"),
        send(parts, application, HIRE, "review"),
    ]
    assert {find_status(parts, application, one) for one in sent} == {("waiting", "")}
    ada.withdraw(application)
    late = send(parts, application, REINSTATE, "hired")
    drain_applications(parts)
    assert [find_status(parts, application, one) for one in (*sent, late)] == [
        ("done", ""),
        ("not_done", "stage_changed"),
        ("done", ""),
        ("not_done", "already_decided"),
        ("done", ""),
        ("not_done", "unknown_stage"),
        ("done", ""),
        ("not_done", "withdrawn"),
    ]
    assert stage_and_events(parts, application) == (
        "hired",
        ["accepted", "stored", "moved", "rejected", "reinstated", "hired", "withdrawn"],
    )
    # The answers are in MongoDB.
    parts.redis.flushall()
    assert find_status(parts, application, sent[1]) == ("not_done", "stage_changed")


@pytest.mark.parametrize("writes", range(4))
def test_killed_worker_does_not_accept_what_was_refused(
    application: str, parts: Container, writes: int
) -> None:
    refused = send(parts, application, REINSTATE, "rejected")
    send(parts, application, MOVE, "new", stage="review")
    send(parts, application, REJECT, "review", email=EMAIL)
    held = claim(parts)
    with suppress(Killed):
        make_job_handler(killer_database(parts.database, writes)).handle(held.jobs)
    settle(parts, held, handle(parts, held))
    assert find_status(parts, application, refused) == ("not_done", "stage_changed")
    assert stage_and_events(parts, application)[0] == "rejected"
    assert make_due(parts) == 1


def test_refusal_that_rests_on_an_unsaved_change_is_decided_again(
    application: str, parts: Container
) -> None:
    send(parts, application, MOVE, "new", stage="review")
    refused = send(parts, application, REJECT, "new", email=EMAIL)
    held = claim(parts)
    # The worker dies between the refusal and the move, and the move is dead-lettered.
    with pytest.raises(Killed):
        make_job_handler(killer_database(parts.database, writes=1)).handle(held.jobs)
    assert find_status(parts, application, refused) == ("not_done", "stage_changed")
    settle(
        parts,
        held,
        [Dead("refused by the store"), *parts.recruiting.job_handler.handle(held.jobs[1:])],
    )
    assert find_status(parts, application, refused)[0] == "done"
    assert stage_and_events(parts, application)[0] == "rejected"
    assert make_due(parts) == 1


def test_command_is_found_by_the_employer_and_the_team_only(
    application: str, parts: Container
) -> None:
    command = send(parts, application, MOVE, "new", stage="review")
    drain_applications(parts)
    service = parts.recruiting.pipeline.command_service
    manager = RECRUITER._replace(account_id=new_id(), only_team=True)
    stored = parts.recruiting.applications
    assert stored.find_of_employer(RECRUITER.employer_id, application)
    assert stored.find_of_employer(new_id(), application) is None
    pipeline = parts.recruiting.pipeline.applicants.find(RECRUITER, application).pipeline
    assert not RECRUITER._replace(employer_id=new_id()).may_see(pipeline)
    for viewer in (RECRUITER._replace(employer_id=new_id()), manager):
        with pytest.raises(ApplicantNotFound):
            service.find(viewer, application, command)
        with pytest.raises(ApplicantNotFound):
            service.accept(viewer, application, CommandRequest(HIRE, "review"), "-")
    for unknown in (new_id(), "../x"):
        with pytest.raises(CommandNotFound):
            service.find(RECRUITER, application, unknown)
    parts.database["postings"].update_many({}, {"$set": {"team": [manager.account_id]}})
    assert service.find(manager, application, command).status == "done"


def test_repeated_command_is_carried_out_once(application: str, parts: Container) -> None:
    service = parts.recruiting.pipeline.command_service
    request = CommandRequest(MOVE, "new", stage="review")
    key = IdempotencyKey("key", "fingerprint")
    first, again = (service.accept(RECRUITER, application, request, "-", key) for _ in range(2))
    assert first == again
    other = RECRUITER._replace(account_id=new_id())
    assert service.accept(other, application, request, "-", key).id != first.id
    with pytest.raises(IdempotencyKeyReused):
        service.accept(RECRUITER, application, request, "-", IdempotencyKey("key", "other"))


def test_commands_pass_a_lane_that_its_candidate_filled(
    ada: Candidate, application: str, parts: Container
) -> None:
    limits = Limits(max_lane_length=1, reserve=1, rates=(Rate(1, 60),))
    parts.recruiting.override(lanes=Shards(parts.redis, "applications", limits=limits))
    ada.apply(publish_for_employer(parts))
    send(parts, application, MOVE, "new", stage="review")
    with pytest.raises(TooManyRequests, match="not done yet"):
        send(parts, application, HIRE, "review")


def test_command_for_a_deleted_account_is_refused(
    ada: Candidate, application: str, parts: Container
) -> None:
    command = send(parts, application, MOVE, "new", stage="review")
    parts.database["accounts"].delete_one({"_id": ada.id})
    parts.database["applications"].delete_many({"candidate_id": ada.id})
    drain_applications(parts)
    assert find_status(parts, application, command) == ("not_done", "account_deleted")


def test_deleted_candidate_leaves_no_email_behind(
    ada: Candidate, application: str, parts: Container
) -> None:
    send(parts, application, REJECT, "new", email=EMAIL)
    drain_applications(parts)
    parts.privacy.candidate_data.remove(ada.id)
    assert parts.database["due"].count_documents({}) == 0


def test_document_of_an_earlier_version_gets_its_events(
    ada: Candidate, application: str, parts: Container, database: Database[Document]
) -> None:
    database["applications"].update_one({}, {"$unset": {"events": "", "version": ""}})
    assert stage_and_events(parts, application) == ("new", ["accepted", "stored"])
    send(parts, application, MOVE, "new", stage="review")
    ada.withdraw(application)
    drain_applications(parts)
    assert stage_and_events(parts, application) == (
        "review",
        ["accepted", "stored", "moved", "withdrawn"],
    )


def test_candidate_sees_stages_in_the_employers_words(
    ada: Candidate, application: str, parts: Container
) -> None:
    status = parts.recruiting.status_service.get(ada.id, application)
    parts.database["postings"].update_many({}, {"$set": {"stages.2.candidate_words": "In review"}})
    send(parts, application, MOVE, "new", stage="review")
    send(parts, application, MOVE, "review", stage="interview")  # the same for the candidate
    send(parts, application, REJECT, "interview")
    send(parts, application, REINSTATE, "rejected")
    send(parts, application, HIRE, "interview")
    drain_applications(parts)
    seen = parts.recruiting.status_service.get(ada.id, application)
    assert seen.timeline[: len(status.timeline)] == status.timeline
    assert [(one.event, one.words) for one in seen.timeline[len(status.timeline) :]] == [
        ("moved", "In review"),
        ("rejected", "Not selected"),
        ("moved", "In review"),
        ("hired", "Hired"),
    ]
    assert seen.status == "hired"
    ada.withdraw(application)
    drain_applications(parts)
    assert ada.events(application)[0] == "withdrawn"


def test_candidate_sees_a_rejection_when_its_email_is_planned(
    ada: Candidate, application: str, parts: Container
) -> None:
    before, tag = ada.read_status(application)
    send(parts, application, REJECT, "new", email=EMAIL)
    drain_applications(parts)
    parts.recruiting.pipeline.rejection_service.cancel(RECRUITER, application)
    assert ada.read_status(application, tag) == ({}, tag)
    assert ada.page()["applications"] == [before]
    an_hour = 60 * 60 * 1000
    parts.database["applications"].update_one(
        {}, [{"$set": {"events": {"$map": {
            "input": "$events",
            "in": {"$mergeObjects": ["$$this", {"at": {"$subtract": ["$$this.at", an_hour]}}]},
        }}}}],
    )  # fmt: skip
    after, _ = ada.read_status(application, tag)
    assert (after["status"], after["timeline"][-1]["words"]) == ("rejected", "Not selected")
    assert ada.page()["applications"] == [after]


def test_proposed_hire_is_for_members_only(
    ada: Candidate, application: str, parts: Container
) -> None:
    before = ada.events(application)
    stored = parts.database["applications"].find_one({"_id": application})
    proposed = send(parts, application, PROPOSE, "new")
    late = send(parts, application, PROPOSE, "review")
    drain_applications(parts)
    assert find_status(parts, application, proposed) == ("done", "")
    assert find_status(parts, application, late) == ("not_done", "stage_changed")
    assert stage_and_events(parts, application) == ("new", ["accepted", "stored", "hire_proposed"])
    after = parts.database["applications"].find_one({"_id": application})
    assert stored is not None
    assert after is not None
    assert after["entered_at"] == stored["entered_at"]
    assert (ada.events(application), send_emails(parts)) == (before, [])
    send(parts, application, REJECT, "new")
    decided = send(parts, application, PROPOSE, "rejected")
    send(parts, application, REINSTATE, "rejected")
    drain_applications(parts)
    assert find_status(parts, application, decided) == ("not_done", "already_decided")
    assert stage_and_events(parts, application)[0] == "new"


def test_hiring_manager_takes_back_rejections_but_no_hires(
    ada: Candidate, parts: Container
) -> None:
    manager = Viewer(EMPLOYER, new_id(), only_team=True)
    application = ada.apply(publish_for_employer(parts, team=(manager.account_id,)))
    drain_applications(parts)
    send(parts, application, HIRE, "new")
    with pytest.raises(Forbidden):
        send(parts, application, REINSTATE, "hired", viewer=manager)
    send(parts, application, REINSTATE, "hired")
    send(parts, application, REJECT, "new", viewer=manager)
    taken_back = send(parts, application, REINSTATE, "rejected", viewer=manager)
    drain_applications(parts)
    assert find_status(parts, application, taken_back) == ("done", "")


def test_repeated_command_gets_its_first_answer_in_another_role(
    ada: Candidate, parts: Container
) -> None:
    manager = RECRUITER._replace(only_team=True)
    application = ada.apply(publish_for_employer(parts, team=(manager.account_id,)))
    drain_applications(parts)
    send(parts, application, HIRE, "new")
    drain_applications(parts)
    service = parts.recruiting.pipeline.command_service
    request = CommandRequest(REINSTATE, "hired")
    first = service.accept(RECRUITER, application, request, "-", IdempotencyKey("one", "-"))
    again = service.accept(manager, application, request, "-", IdempotencyKey("one", "-"))
    assert first == again
    for key in (IdempotencyKey("two", "-"), None):
        with pytest.raises(Forbidden):
            service.accept(manager, application, request, "-", key)


# E-mails.


def test_rejection_is_mailed_after_its_delay(application: str, parts: Container) -> None:
    email = RejectionEmail("We chose <b>somebody</b> else.\n\nThank you.", 60)
    send(parts, application, REJECT, "new", email=email, reason="too few boats")
    drain_applications(parts)
    assert parts.recruiting.pipeline.sweep_due() == 0
    [item] = parts.database["due"].find()
    delay = item["at"] - datetime.now(UTC)
    assert timedelta(minutes=59) < delay <= timedelta(minutes=60)
    assert make_due(parts) == 1
    [mail] = send_emails(parts)
    assert "We chose &lt;b&gt;somebody&lt;/b&gt; else." in mail
    assert "too few boats" not in mail
    preview = parts.recruiting.pipeline.rejection_service.preview(
        RECRUITER, application, email.message
    )
    assert preview.text in mail.replace("\r\n", "\n")
    assert preview.html in mail.replace("\r\n", "\n")
    with pytest.raises(NoEmailToCancel):
        parts.recruiting.pipeline.rejection_service.cancel(RECRUITER, application)


@pytest.mark.parametrize("how", ["cancelled", "reinstated", "withdrawn", "cancelled in the queue"])
def test_nobody_gets_an_email_that_is_not_true_any_more(
    ada: Candidate, application: str, parts: Container, how: str
) -> None:
    service = parts.recruiting.pipeline.rejection_service
    send(parts, application, REJECT, "new", email=EMAIL)
    drain_applications(parts)
    if how == "cancelled in the queue":
        make_due(parts)
    if how.startswith("cancelled"):
        service.cancel(RECRUITER, application)
        service.cancel(RECRUITER, application)
        assert service.events(RECRUITER, application).events[-1].email.status == "cancelled"  # type: ignore[union-attr]
    elif how == "reinstated":
        send(parts, application, REINSTATE, "rejected")
    else:
        ada.withdraw(application)
    drain_applications(parts)
    make_due(parts)
    assert send_emails(parts) == []


def test_reinstated_person_is_not_mailed_while_the_worker_sends(
    application: str, parts: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The application is reinstated after the mail worker has read it."""
    send(parts, application, REJECT, "new", email=EMAIL)
    drain_applications(parts)
    make_due(parts)
    ledger = parts.notifications.ledger
    begin = ledger.begin

    def reinstate_and_begin(mail_id: str) -> bool:
        send(parts, application, REINSTATE, "rejected")
        drain_applications(parts)
        return begin(mail_id)

    monkeypatch.setattr(ledger, "begin", reinstate_and_begin)
    assert send_emails(parts) == []


def test_stage_is_mailed_where_the_employer_wants_it(
    ada: Candidate, application: str, parts: Container
) -> None:
    silent = ada.apply(publish_for_employer(parts))
    drain_applications(parts)
    for one in (application, silent):
        send(parts, one, MOVE, "new", stage="interview")
    drain_applications(parts)
    [mail] = send_emails(parts)
    assert "Interviews" in mail


def test_second_rejection_has_an_email_of_its_own(application: str, parts: Container) -> None:
    more: dict[str, Any] = {"email": EMAIL}
    send(parts, application, REJECT, "new", **more)
    send(parts, application, REINSTATE, "rejected")
    send(parts, application, REJECT, "new", **more)
    drain_applications(parts)
    assert make_due(parts) == 1
    assert len(send_emails(parts)) == 1
    events = parts.recruiting.pipeline.rejection_service.events(RECRUITER, application).events
    states = [event.email.status for event in events if event.email]
    assert states == ["cancelled", "sent"]
