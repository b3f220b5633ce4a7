"""Bulk operations: frozen selections, killed processes, results, and cancelled e-mails."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from pymongo.errors import OperationFailure

from chalicelib.bootstrap.container import Container
from chalicelib.common.errors import InvalidField
from chalicelib.common.ids import IdempotencyKey, is_id, new_id
from chalicelib.queue import Limits, Shards
from chalicelib.recruiting.applications.errors import IdempotencyKeyReused
from chalicelib.recruiting.bulk import repository
from chalicelib.recruiting.bulk.commands import command_id
from chalicelib.recruiting.bulk.documents import StoredOperation
from chalicelib.recruiting.bulk.errors import SelectionChanged
from chalicelib.recruiting.bulk.models import (
    Action,
    MoveAction,
    Operation,
    OperationDraft,
    OperationRequest,
    Origin,
    RejectAction,
    ResultsQuery,
    SelectedApplication,
    SelectionQuery,
)
from chalicelib.recruiting.pipeline.errors import NoEmailToCancel
from chalicelib.recruiting.pipeline.jobs import CommandKind
from chalicelib.recruiting.rejections.models import RejectionReason, Template
from tests.integration.recruiting.applicants import store_applicants
from tests.integration.recruiting.candidates import copy_with, dead_letter, drain_applications
from tests.integration.recruiting.killer import Killed, killer_database
from tests.integration.recruiting.pipelines import (
    EMPLOYER,
    RECRUITER,
    make_due,
    publish_for_employer,
    send,
    send_emails,
)
from tests.support.lanes import RecordingWaker

COUNT = 7
REVIEW, REJECT = (
    MoveAction("review"),
    RejectAction(message="Thank you, {name}.", send_after_minutes=60),
)


class Bulk:
    """Stored applications for a posting, oldest first, and the operations on them."""

    def __init__(self, parts: Container) -> None:
        parts.override(waker=RecordingWaker())
        self.parts = parts
        self.posting = publish_for_employer(parts)
        self.ids = self.store(COUNT)

    def store(self, count: int) -> list[str]:
        """Store new applications of new candidates. Return their ids."""
        return store_applicants(self.parts, self.posting, count)

    def candidate(self, application: str) -> str:
        [found] = self.parts.database["applications"].find({"_id": application})
        return str(found["candidate_id"])

    def withdraw(self, application: str) -> None:
        self.parts.recruiting.withdrawal_service.withdraw(
            self.candidate(application), application, "-"
        )

    def request(self, action: Action, *, stage: str | None = None) -> OperationRequest:
        """Return the request for all applications, with the selection of its preview."""
        query = SelectionQuery(stage)
        preview = self.parts.bulk.bulk_service.preview(
            RECRUITER, OperationDraft(self.posting, action, query=query)
        )
        return OperationRequest(
            self.posting,
            action,
            query=SelectionQuery(stage, preview.newest),
            selection=preview.selection,
        )

    def start(
        self, request: OperationRequest, key: str = "", parts: Container | None = None
    ) -> str:
        """Start an operation. Return its id."""
        idempotency = IdempotencyKey(key, "-") if key else None
        service = (parts or self.parts).bulk.bulk_service
        return service.start(RECRUITER, request, Origin("-", idempotency)).id

    def progress(self, operation: str) -> Operation:
        return self.parts.bulk.result_service.get(RECRUITER, operation)

    def results(self, operation: str, outcome: Any = None) -> dict[str, tuple[str, str, Any]]:
        """Return outcome, reason and e-mail by application, read page by page."""
        found: list[Any] = []
        cursor = ""
        while True:
            query = ResultsQuery(outcome, 2, cursor)
            page = self.parts.bulk.result_service.results(RECRUITER, operation, query)
            found += page.results
            if page.next is None:
                break
            cursor = page.next
        assert len({one.id for one in found}) == len(found)
        return {one.id: (one.outcome, one.reason, one.email) for one in found}

    def finish(self) -> None:
        """Let the schedule and the worker do all that is left."""
        self.parts.bulk.sweep()
        drain_applications(self.parts)
        self.parts.bulk.sweep()

    def check(self, operation: str) -> None:
        """Check that the operation changed each application once."""
        for one in self.parts.database["applications"].find({"posting_id": self.posting}):
            sent = command_id(operation, one["_id"])
            assert sum(event.get("command") == sent for event in one["events"]) == 1


@pytest.fixture
def bulk(parts: Container, monkeypatch: pytest.MonkeyPatch) -> Bulk:
    monkeypatch.setattr(repository, "CHUNK", 3)
    monkeypatch.setattr("chalicelib.recruiting.bulk.result_service.CHUNK", 3)
    return Bulk(parts)


def test_preview_shows_who_is_left_out_and_why(bulk: Bulk) -> None:
    withdrawn, decided, moved, same, *rest = bulk.ids
    bulk.withdraw(withdrawn)
    send(bulk.parts, decided, CommandKind.REJECT, "new")
    send(bulk.parts, moved, CommandKind.MOVE, "new", stage="interview")
    send(bulk.parts, same, CommandKind.MOVE, "new", stage="review")
    drain_applications(bulk.parts)
    foreign, stages = new_id(), {decided: "rejected", same: "review"}
    selected = [
        SelectedApplication(one, stages.get(one, "new")) for one in (*bulk.ids, foreign, "nonsense")
    ]
    service = bulk.parts.bulk.bulk_service
    draft = OperationDraft(bulk.posting, REVIEW, applications=selected)
    preview = service.preview(RECRUITER, draft)
    assert (preview.total, preview.newest, preview.email) == (len(rest), "nonsense", None)
    assert {one.id: one.reason for one in preview.examples} == {
        withdrawn: "withdrawn",
        decided: "already_decided",
        moved: "stage_changed",
        same: "same_stage",
        foreign: "application_deleted",
        "nonsense": "application_deleted",
    }
    rejection = service.preview(
        RECRUITER, OperationDraft(bulk.posting, REJECT, query=SelectionQuery())
    )
    assert (rejection.total, rejection.excluded) == (len(rest) + 2, {"already_decided": 1})
    assert rejection.email is not None
    assert "Thank you, Ada." in rejection.email.text
    stored = bulk.parts.database["applications"]
    stored.update_one({"_id": rest[0]}, {"$set": {"cover_letter": "I bake."}})
    found = service.preview(
        RECRUITER, OperationDraft(bulk.posting, REJECT, query=SelectionQuery("new", q="boat"))
    )
    assert (found.total, found.newest) == (len(rest) - 1, rest[-1])
    # As the lists of applicants that are filtered by answers.
    for application, marks in ((rest[0], ["!knock-out", "shift:no"]), (rest[1], ["shift:yes"])):
        stored.update_one({"_id": application}, {"$set": {"marks": marks}})
    for query, newest in (
        (SelectionQuery(flag="knock-out"), rest[0]),
        (SelectionQuery(answer="shift:yes"), rest[1]),
        (SelectionQuery("review", answer="shift:yes"), ""),
        (SelectionQuery(flag="knock-out", q="bake"), rest[0]),
    ):
        found = service.preview(RECRUITER, OperationDraft(bulk.posting, REVIEW, query=query))
        assert (found.newest, found.total) == (newest, 1 if newest else 0)
    both = SelectionQuery(flag="knock-out", answer="shift:no")
    for wrong in (
        OperationDraft(bulk.posting, REVIEW, query=both),
        OperationDraft(bulk.posting, REVIEW),
        OperationDraft(bulk.posting, REVIEW, applications=selected, query=SelectionQuery()),
        OperationDraft(bulk.posting, MoveAction("rejected"), query=SelectionQuery()),
    ):
        with pytest.raises(InvalidField):
            service.preview(RECRUITER, wrong)


def test_operation_changes_exactly_what_its_preview_showed(bulk: Bulk) -> None:
    request = bulk.request(REVIEW, stage="new")
    new = bulk.store(2)
    operation = bulk.start(request, "key")
    assert bulk.start(request, "key") == operation
    other = Origin("-", IdempotencyKey("key", "other"))
    with pytest.raises(IdempotencyKeyReused):
        bulk.parts.bulk.bulk_service.start(RECRUITER, request, other)
    drain_applications(bulk.parts)
    assert bulk.results(operation) == dict.fromkeys(bulk.ids, ("done", "", None))
    assert list(bulk.results(operation)) == bulk.ids[::-1]
    with pytest.raises(SelectionChanged):
        bulk.start(request)
    stages = {one["_id"]: one["stage"] for one in bulk.parts.database["applications"].find()}
    assert stages == dict.fromkeys(bulk.ids, "review") | dict.fromkeys(new, "new")


def test_what_a_preview_showed_is_sent_or_nothing(
    bulk: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever changes before the start is refused, and whatever changes later has no effect."""
    monkeypatch.setattr("chalicelib.recruiting.bulk.service.SEND_SECONDS", -1.0)
    stored, words = bulk.parts.database, iter(range(1000))

    def change_settings() -> None:
        reason = RejectionReason("slow", f"Too slow {next(words)}")
        message = f"{{name}}: {{title}} at {{employer}} {next(words)}"
        template = Template("t", "Template", message, is_default=True)
        settings = bulk.parts.rejections.settings
        written = msgspec.structs.replace(
            settings.get(EMPLOYER), reasons=(reason,), templates=(template,)
        )
        assert settings.replace(EMPLOYER, written)

    def change(collection: str, **values: str | int) -> None:
        stored[collection].update_many({}, {"$set": values})

    changes: list[Callable[[], None]] = [
        change_settings,
        lambda: change("postings", title=f"Rigger {next(words)}"),
        lambda: change("postings", employer=f"Yard {next(words)}"),
        lambda: change("employers", rejection_delay_minutes=next(words)),
    ]
    stored["employers"].insert_one({"_id": EMPLOYER, "rejection_delay_minutes": 60})
    change_settings()
    action = RejectAction(reason="slow")
    for one in changes:
        request = bulk.request(action)
        one()
        with pytest.raises(SelectionChanged):
            bulk.start(request)
    for seen, sent in ((REVIEW, action), (action, REVIEW), (REVIEW, MoveAction("interview"))):
        request = msgspec.structs.replace(bulk.request(seen), action=sent)
        with pytest.raises(SelectionChanged):
            bulk.start(request)

    draft = OperationDraft(bulk.posting, action, query=SelectionQuery())
    preview = bulk.parts.bulk.bulk_service.preview(RECRUITER, draft)
    assert preview.email is not None
    operation = bulk.start(bulk.request(action))
    for one in changes:
        one()
    bulk.finish()
    for one in changes:
        one()
    assert make_due(bulk.parts) == COUNT
    mails = [mail.replace("\r\n", "\n") for mail in send_emails(bulk.parts)]
    assert len(mails) == COUNT
    assert all(preview.email.text in mail for mail in mails)
    assert all(f"Subject: {preview.email.subject}\n" in mail for mail in mails)
    bulk.check(operation)


def test_move_sends_the_email_of_its_preview(bulk: Bulk) -> None:
    stages = {"$set": {"stages.1.emails": True}}
    bulk.parts.database["postings"].update_one({"_id": bulk.posting}, stages)
    service = bulk.parts.bulk.bulk_service
    silent = OperationDraft(bulk.posting, MoveAction("interview"), query=SelectionQuery())
    assert service.preview(RECRUITER, silent).email is None
    preview = service.preview(
        RECRUITER, OperationDraft(bulk.posting, REVIEW, query=SelectionQuery())
    )
    assert preview.email is not None
    assert "In review" in preview.email.text
    assert preview.send_after_minutes is None
    request = bulk.request(REVIEW)
    words = {"$set": {"stages.1.candidate_words": "Being read"}}
    bulk.parts.database["postings"].update_one({"_id": bulk.posting}, words)
    with pytest.raises(SelectionChanged):
        bulk.start(request)
    words["$set"]["stages.1.candidate_words"] = "In review"
    bulk.parts.database["postings"].update_one({"_id": bulk.posting}, words)
    bulk.start(bulk.request(REVIEW))
    drain_applications(bulk.parts)
    mails = [mail.replace("\r\n", "\n") for mail in send_emails(bulk.parts)]
    assert len(mails) == COUNT
    assert all(preview.email.text in mail for mail in mails)


def test_rejection_of_an_earlier_version_shows_the_present_title(
    bulk: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was stored without one: as an operation, as a job, or as an event."""
    monkeypatch.setattr("chalicelib.recruiting.bulk.service.SEND_SECONDS", -1.0)
    action = RejectAction(message="{title}, {name}.", send_after_minutes=0)
    bulk.start(bulk.request(action))
    bulk.parts.database["operations"].update_many(
        {}, {"$unset": {"plan.email.title": "", "plan.email.employer": ""}}
    )
    bulk.parts.bulk.sweep()
    drain_applications(bulk.parts)
    bulk.parts.database["applications"].update_many(
        {}, {"$unset": {f"events.2.data.email.{one}": "" for one in ("title", "employer")}}
    )
    assert make_due(bulk.parts) == COUNT
    mails = send_emails(bulk.parts)
    assert [mail.count("Subject: Your application: Boat builder at Yard") for mail in mails] == [
        1
    ] * COUNT
    assert all("Boat builder, Ada." in mail for mail in mails)


@pytest.mark.parametrize("writes", range(7))
def test_killed_start_is_completed_without_doubling(bulk: Bulk, writes: int) -> None:
    request = bulk.request(REJECT)
    dying = copy_with(bulk.parts, database=killer_database(bulk.parts.database, writes))
    with suppress(Killed):
        bulk.start(request, "key", dying)
    if writes % 2:
        bulk.finish()
    operation = bulk.start(request, "key")
    bulk.finish()
    bulk.check(operation)
    assert bulk.parts.database["operations"].count_documents({}) == 1
    progress = bulk.progress(operation)
    assert (progress.done, progress.waiting, progress.not_done) == (COUNT, 0, {})
    assert progress.finished_at
    assert make_due(bulk.parts) == COUNT


def test_results_name_who_was_not_told_after_refusals_expire(bulk: Bulk) -> None:
    withdrawn, moved, gone, waiting, *others = bulk.ids
    request = bulk.request(REJECT)
    bulk.withdraw(withdrawn)
    send(bulk.parts, moved, CommandKind.MOVE, "new", stage="review")
    operation = bulk.start(request)
    progress = bulk.progress(operation)
    assert (progress.waiting, progress.finished_at) == (COUNT, None)
    candidate = bulk.candidate(gone)
    bulk.parts.privacy.candidate_data.remove(candidate)
    bulk.parts.database["accounts"].delete_one({"_id": candidate})
    drain_applications(bulk.parts)
    expected = {
        **dict.fromkeys((waiting, *others), ("done", "", "planned")),
        withdrawn: ("not_done", "withdrawn", None),
        moved: ("not_done", "stage_changed", None),
        gone: ("not_done", "application_deleted", None),
    }
    assert bulk.results(operation) == expected
    bulk.finish()
    for name in ("command_refusals", "applications"):
        bulk.parts.database[name].delete_many({})
    bulk.parts.redis.flushall()
    assert bulk.results(operation) == expected
    assert bulk.results(operation, "not_done").keys() == {withdrawn, moved, gone}
    progress = bulk.progress(operation)
    reasons = {"withdrawn": 1, "stage_changed": 1, "application_deleted": 1}
    assert (progress.done, progress.not_done, progress.waiting) == (COUNT - 3, reasons, 0)
    for name in ("operations", "operation_items"):
        assert candidate not in repr(list(bulk.parts.database[name].find()))


def test_finished_operations_expire_with_their_lists(bulk: Bulk) -> None:
    operations, lists = (bulk.parts.database[name] for name in ("operations", "operation_items"))
    running = bulk.start(bulk.request(REVIEW))
    assert not operations.count_documents({"finished_at": {"$exists": True}})
    bulk.finish()
    finished_at = bulk.progress(running).finished_at
    assert finished_at
    assert lists.distinct("expires_at") == [finished_at + timedelta(days=90)]
    # The list of an earlier version does not expire, until the next deployment.
    lists.update_many({}, {"$unset": {"expires_at": ""}})
    with suppress(OperationFailure):
        operations.drop_index("finished_expire")
    for _ in range(2):
        bulk.parts.bulk.operations.create_indexes()
    assert lists.distinct("expires_at") == [finished_at + timedelta(days=90)]
    ttl = operations.index_information()["finished_expire"]
    assert (ttl["key"], ttl["expireAfterSeconds"]) == ([("finished_at", 1)], 90 * 24 * 3600)


def test_cancelling_emails_keeps_the_time_of_expiry(bulk: Bulk) -> None:
    operation = bulk.start(bulk.request(REJECT))
    bulk.finish()
    lists = bulk.parts.database["operation_items"]
    before = lists.distinct("expires_at")
    bulk.parts.bulk.result_service.cancel_emails(RECRUITER, operation)
    bulk.finish()
    assert lists.distinct("expires_at") == before
    assert not lists.count_documents({"expires_at": {"$exists": False}})


def test_full_lane_is_retried_and_told_as_waiting(bulk: Bulk) -> None:
    [first, *_] = bulk.ids
    full = Shards(bulk.parts.redis, "applications", limits=Limits(max_lane_length=1, reserve=0))
    bulk.withdraw(first)
    with bulk.parts.recruiting.override(lanes=full):
        operation = bulk.start(bulk.request(REJECT))
    assert len(bulk.results(operation, "waiting")) == COUNT
    drain_applications(bulk.parts)
    assert bulk.results(operation, "waiting").keys() == {first}
    assert bulk.parts.bulk.sweep() == 1
    drain_applications(bulk.parts)
    assert bulk.progress(operation).not_done == {"withdrawn": 1}


def test_reading_the_progress_sends_what_is_left(
    bulk: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.recruiting.bulk.service.SEND_SECONDS", -1)
    operation = bulk.start(bulk.request(REJECT))
    drain_applications(bulk.parts)
    assert bulk.progress(operation).done == 0
    drain_applications(bulk.parts)
    assert bulk.progress(operation).done == COUNT


def test_dead_letter_is_told_as_failed(bulk: Bulk, monkeypatch: pytest.MonkeyPatch) -> None:
    operation = bulk.start(bulk.request(REJECT))
    [first, second, *_] = bulk.ids
    job = f"command-{command_id(operation, first)}"
    assert is_id(command_id(operation, first))
    dead_letter(bulk.parts, job, f"command-{command_id(operation, second)}")
    monkeypatch.setattr("chalicelib.recruiting.bulk.progress._USUAL_WAIT", timedelta(0))
    assert bulk.progress(operation).failed == 2
    assert bulk.results(operation, "failed").keys() == {first, second}
    bulk.finish()
    assert bulk.progress(operation).finished_at is None
    bulk.parts.recruiting.lanes.of(bulk.candidate(first)).erase(bulk.candidate(first))
    bulk.parts.recruiting.lanes.of(bulk.candidate(second)).erase(bulk.candidate(second))
    bulk.finish()
    assert bulk.progress(operation).finished_at
    assert bulk.results(operation, "failed").keys() == {first, second}


def test_cancelled_emails_are_never_sent(bulk: Bulk) -> None:
    operation = bulk.start(bulk.request(REJECT))
    service, ledger = bulk.parts.bulk.result_service, bulk.parts.notifications.ledger
    assert service.cancel_emails(RECRUITER, operation).cancelled == 0
    assert bulk.progress(operation).emails_cancelled
    # The worker plans e-mails after they were cancelled.
    drain_applications(bulk.parts)
    bulk.finish()
    assert {one[2] for one in bulk.results(operation).values()} == {"cancelled"}
    assert make_due(bulk.parts) == 0
    cancelled = service.cancel_emails(RECRUITER, operation)
    assert (cancelled.cancelled, cancelled.sent) == (COUNT, 0)
    assert all(not ledger.begin(f"rejection-email-{one}-3") for one in bulk.ids)
    bulk.store(1)
    silent = bulk.start(bulk.request(RejectAction(send_email=False)))
    with pytest.raises(NoEmailToCancel):
        service.cancel_emails(RECRUITER, silent)


@pytest.mark.parametrize("is_sent", [True, False], ids=["sent before", "sent later"])
def test_cancelled_email_is_not_sent_before_the_sweep(
    bulk: Bulk, monkeypatch: pytest.MonkeyPatch, is_sent: bool
) -> None:
    """A worker plans e-mails without delay after the sweep has withheld the others."""
    if not is_sent:
        monkeypatch.setattr("chalicelib.recruiting.bulk.service.SEND_SECONDS", -1.0)
    action = RejectAction(message="Thank you.", send_after_minutes=0)
    operation = bulk.start(bulk.request(action))
    bulk.parts.bulk.result_service.cancel_emails(RECRUITER, operation)
    bulk.parts.bulk.sweep()
    drain_applications(bulk.parts)
    bulk.check(operation)
    assert make_due(bulk.parts) == COUNT
    assert send_emails(bulk.parts) == []
    bulk.parts.bulk.sweep()
    assert {one[2] for one in bulk.results(operation).values()} == {"cancelled"}


def test_late_rejections_are_announced_when_their_emails_would_be(
    bulk: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also if their e-mails were cancelled before their commands were sent."""
    monkeypatch.setattr("chalicelib.recruiting.bulk.service.SEND_SECONDS", -1.0)
    operation = bulk.start(bulk.request(REJECT))
    bulk.parts.bulk.result_service.cancel_emails(RECRUITER, operation)
    bulk.finish()
    bulk.check(operation)
    for one in bulk.ids:
        status = bulk.parts.recruiting.status_service.get(bulk.candidate(one), one)
        assert status.status != "rejected"


def test_operation_that_fails_does_not_stop_others(
    bulk: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The e-mails of another one were cancelled, and are withheld before due work is queued."""
    with monkeypatch.context() as patch:
        patch.setattr("chalicelib.recruiting.bulk.service.SEND_SECONDS", -1.0)
        failing = bulk.start(bulk.request(REVIEW))
    cancelled = bulk.start(bulk.request(REJECT))
    bulk.parts.bulk.result_service.cancel_emails(RECRUITER, cancelled)
    drain_applications(bulk.parts)
    dispatcher = bulk.parts.bulk.dispatcher
    send = dispatcher.send

    def fail(operation: StoredOperation, deadline: float) -> int:
        if operation.id == failing:
            raise ConnectionError
        return send(operation, deadline)

    monkeypatch.setattr(dispatcher, "send", fail)
    with pytest.raises(ConnectionError):
        bulk.parts.bulk.sweep()
    assert make_due(bulk.parts) == 0


def test_selection_needs_words(bulk: Bulk) -> None:
    """A search without a letter would select everybody."""
    query = SelectionQuery(q="!!!")
    draft = OperationDraft(bulk.posting, REVIEW, query=query)
    with pytest.raises(InvalidField):
        bulk.parts.bulk.bulk_service.preview(RECRUITER, draft)
