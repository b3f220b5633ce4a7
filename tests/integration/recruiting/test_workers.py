"""What the workers do with accepted jobs: store, send, and carry on when something is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from chalice.test import Client
from pymongo.database import Database
from pymongo.errors import AutoReconnect, BulkWriteError, ExecutionTimeout, WriteError
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisClusterException

from chalicelib.bootstrap.container import Services
from chalicelib.bootstrap.drain_observer import LoggingObserver
from chalicelib.bootstrap.waker import LambdaWaker
from chalicelib.bootstrap.worker import Worker
from chalicelib.common.mongo import insert_missing
from chalicelib.notifications.job_handler import MailJobHandler
from chalicelib.notifications.ledger import MailLedger
from chalicelib.queue import ClaimedJob, Lanes, Limits, Shards, Wake
from chalicelib.queue.admin import DeadLetters, Reconciler
from chalicelib.queue.worker import Done, Handler, Leases, Retry, StoreUnavailable, drain
from tests.integration.recruiting.steps import apply, get
from tests.support.lanes import RecordingWaker

LogIn = Callable[[str], str]
# Five attempts are soon over.
QUICK = Limits(backoff_first=0.01, backoff_max=0.01, idle_timeout=1)


class Context:
    """An invocation with a minute left."""

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


@pytest.fixture
def token(log_in: LogIn) -> str:
    return log_in("ada@example.com")


def sweep(parts: Services) -> int:
    """The applications worker's scheduled run. Returns how many jobs it did."""
    # It is not to stay until the mail is sent, which nobody sends here.
    lanes = Shards(parts.redis, "applications", limits=Limits(idle_timeout=0))
    worker = Worker(parts, lanes, parts.storing, "stored")
    return sum(done["applied"] for done in worker.sweep(Context()))


def accepted(http: Client, token: str, posting: str, **draft: Any) -> str:
    answer = apply(http, token, posting, **draft)
    assert answer.status_code == 202
    application_id: str = json.loads(answer.body)["id"]
    return application_id


def claimed(lanes: Lanes) -> list[ClaimedJob]:
    return list(Leases(lanes).claim("drain").jobs)


def serve(parts: Services, lanes: Lanes, handler: Handler) -> None:
    """Serve lanes until they are empty."""
    drain(
        Leases(lanes),
        handler,
        drain_id="drain",
        remaining=lambda: 60.0,
        waker=RecordingWaker(),
        observer=LoggingObserver(parts.logger, lanes.kind, "done"),
    )


def forget_the_past(redis: Redis) -> None:
    """What the queue's memory of 30 days comes to."""
    redis.flushall()


# A sweep serves whatever the reconciler does.


def test_a_reconciler_that_fails_keeps_nothing_from_being_served(
    http: Client,
    token: str,
    posting: str,
    parts: Services,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    application = accepted(http, token, posting)

    def fail(self: Reconciler, seconds: float) -> None:
        raise ValueError("of ada@example.com")

    monkeypatch.setattr(Reconciler, "run", fail)
    assert sweep(parts) == 1
    progress = json.loads(get(http, f"/v1/applications/{application}", token).body)
    assert progress["status"] == "stored"
    printed = capsys.readouterr().out
    [metric] = [json.loads(line) for line in printed.splitlines() if "reconcile_failed" in line]
    assert (metric["kind"], metric["shard"]) == ("applications", "0")
    assert "reconcile failed" in caplog.messages
    assert "of ada@" not in printed + caplog.text


# An application that the queue took again, having forgotten it.


def test_a_receipt_of_an_application_that_was_forgotten_leads_to_it(
    http: Client, token: str, log_in: LogIn, posting: str, parts: Services, redis: Redis
) -> None:
    first = accepted(http, token, posting, cover_letter="one")
    assert sweep(parts) == 1
    forget_the_past(redis)
    second = accepted(http, token, posting, cover_letter="two")
    assert second != first
    assert sweep(parts) == 1
    forget_the_past(redis)

    of_first = get(http, f"/v1/applications/{first}", token)
    of_second = get(http, f"/v1/applications/{second}", token)
    assert (of_second.status_code, of_second.body) == (200, of_first.body)
    assert json.loads(of_second.body)["status"] == "stored"
    listed = json.loads(get(http, "/v1/applications", token).body)["applications"]
    assert [application["id"] for application in listed] == [first]
    # It is the candidate's alone, as the first one is.
    bob = log_in("bob@example.com")
    assert get(http, f"/v1/applications/{second}", bob).status_code == 404


def test_storing_the_repeated_one_twice_sends_no_second_confirmation(
    http: Client,
    token: str,
    posting: str,
    parts: Services,
    redis: Redis,
    database: Database[dict[str, Any]],
) -> None:
    """As when a worker dies after it stored, before it settled."""
    first = accepted(http, token, posting)
    sweep(parts)
    forget_the_past(redis)
    second = accepted(http, token, posting)
    jobs = claimed(parts.application_lanes[0])
    for _ in range(2):
        assert parts.storing.handle(jobs) == [Done({"duplicate_of": first})]
    assert database["applications"].count_documents({}) == 2
    alias = database["applications"].find_one({"_id": second})
    assert alias is not None
    assert (alias["duplicate_of"], alias["active"]) == (first, False)


def test_with_the_account_go_its_applications_and_what_leads_to_them(
    http: Client,
    token: str,
    posting: str,
    parts: Services,
    redis: Redis,
    database: Database[dict[str, Any]],
) -> None:
    accepted(http, token, posting)
    sweep(parts)
    forget_the_past(redis)
    second = accepted(http, token, posting)
    sweep(parts)
    [ada] = database["applications"].distinct("candidate_id")
    parts.applications.forget(ada)
    assert database["applications"].count_documents({}) == 0
    forget_the_past(redis)
    assert get(http, f"/v1/applications/{second}", token).status_code == 404


# A database that is down is not the jobs' fault; one that refuses a document may be.


@pytest.mark.parametrize("error", [AutoReconnect("gone"), ExecutionTimeout("slow", 50)])
def test_a_database_that_is_down_is_nothing_wrong_with_the_jobs(
    error: Exception,
    http: Client,
    token: str,
    posting: str,
    parts: Services,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    accepted(http, token, posting)

    def fail(*arguments: object) -> None:
        raise error

    monkeypatch.setattr("chalicelib.recruiting.applications.job_handler.insert_missing", fail)
    with pytest.raises(StoreUnavailable, match=type(error).__name__):
        parts.storing.handle(claimed(parts.application_lanes[0]))
    monkeypatch.setattr(MailLedger, "begin", fail)
    with pytest.raises(StoreUnavailable, match=type(error).__name__):
        parts.sending.handle(claimed(parts.mail_lanes[0]))


def test_a_document_that_is_refused_fails_alone_and_is_counted(
    http: Client,
    token: str,
    log_in: LogIn,
    posting: str,
    parts: Services,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    good = accepted(http, token, posting, cover_letter="good")
    bob = log_in("bob@example.com")
    bad = accepted(http, bob, posting, cover_letter="refused and private")

    def refuse(collection: Any, documents: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        for document in documents:
            if document.get("cover_letter", "").startswith("refused"):
                raise BulkWriteError({"writeErrors": [{"code": 121, "op": document}]})
        return insert_missing(collection, documents)

    monkeypatch.setattr("chalicelib.recruiting.applications.job_handler.insert_missing", refuse)
    lanes = Lanes(parts.redis, "applications", limits=QUICK)
    serve(parts, lanes, parts.storing)
    assert json.loads(get(http, f"/v1/applications/{good}", token).body)["status"] == "stored"
    [letter] = DeadLetters(lanes).newest()
    assert letter.id == bad
    assert letter.error.endswith("MongoDB: BulkWriteError")
    assert "MongoDB: BulkWriteError" in caplog.text
    assert "private" not in caplog.text


@pytest.fixture
def confirmation(http: Client, token: str, posting: str, parts: Services) -> ClaimedJob:
    """The mail of a stored application, which the mail worker has claimed."""
    application = accepted(http, token, posting)
    assert sweep(parts) == 1
    [mail] = [job for job in claimed(parts.mail_lanes[0]) if application in job.id]
    return mail


def test_a_mail_whose_note_is_refused_is_counted(
    confirmation: ClaimedJob, parts: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> None:
        raise WriteError("of ada@example.com", 121)

    monkeypatch.setattr(MailLedger, "finish", refuse)
    with pytest.raises(RuntimeError) as failed:
        sending(parts, Mailbox()).handle([confirmation])
    assert str(failed.value) == "MongoDB: WriteError"


# SES may have taken a mail whose answer did not come.


class Mailbox:
    """Stands in for SES. Takes mails, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.taken = 0

    def send_raw_email(self, **mail: object) -> dict[str, str]:
        self.taken += 1
        if self.error:
            raise self.error
        return {"MessageId": "1"}


@pytest.mark.parametrize(
    ("error", "counts"),
    [
        (ReadTimeoutError(endpoint_url="ses"), True),
        (ConnectionClosedError(endpoint_url="ses"), True),
        (EndpointConnectionError(endpoint_url="ses"), False),
        (ConnectTimeoutError(endpoint_url="ses"), False),
    ],
)
def test_a_mail_that_may_have_been_sent_uses_up_an_attempt(
    error: Exception, counts: bool, confirmation: ClaimedJob, parts: Services
) -> None:
    [outcome] = sending(parts, Mailbox(error)).handle([confirmation])
    assert isinstance(outcome, Retry)
    assert (outcome.counts, outcome.delay is None) == (counts, counts)
    assert parts.ledger.sent([confirmation.id]) == {}


def test_a_mail_is_not_sent_for_ever_without_an_answer(
    http: Client, token: str, posting: str, parts: Services
) -> None:
    accepted(http, token, posting)
    assert sweep(parts) == 1
    mailbox = Mailbox(ReadTimeoutError(endpoint_url="ses"))
    lanes = Lanes(parts.redis, "mail", limits=QUICK)
    serve(parts, lanes, sending(parts, mailbox))
    assert mailbox.taken == QUICK.max_attempts
    assert DeadLetters(lanes).count() == 1


def sending(parts: Services, mailbox: Mailbox) -> MailJobHandler:
    ses: Any = mailbox
    return MailJobHandler(parts.ledger, lambda: ses, parts.letters, "no-reply@hirelane.example")


# A wake that fails is no failure of whoever wakes.


@pytest.mark.parametrize("of_redis", [RedisConnectionError(), RedisClusterException()])
def test_a_wake_never_raises(of_redis: Exception, parts: Services) -> None:
    retired = []

    def malformed() -> Any:
        raise ValueError("Invalid endpoint: no address")

    def retire(wake: Wake) -> None:
        retired.append(wake)
        raise of_redis

    wake = Wake("applications", 0, "a drain")
    waker = LambdaWaker({"applications": "a function"}, malformed, retire, parts.logger)
    waker.wake(wake)
    assert retired == [wake]
