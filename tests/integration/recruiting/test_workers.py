"""Workers: storing, sending e-mails, and errors of the stores and of SES."""

from __future__ import annotations

import json
import time
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

from chalicelib.auth.services.account_emails import AccountEvent, AccountNotice
from chalicelib.bootstrap.container import Container
from chalicelib.bootstrap.drain_observer import LoggingObserver
from chalicelib.bootstrap.waker import LambdaWaker
from chalicelib.bootstrap.worker import Worker
from chalicelib.common.mongo import insert_missing
from chalicelib.notifications.job_handler import MailJobHandler
from chalicelib.notifications.ledger import MailLedger
from chalicelib.notifications.sender import MailSender
from chalicelib.queue import ClaimedJob, Lanes, Limits, Wake
from chalicelib.queue.admin import DeadLetters, Reconciler
from chalicelib.queue.worker import Done, Handler, Leases, Retry, StoreUnavailable, drain
from tests.integration.recruiting.candidates import sweep_applications
from tests.integration.recruiting.steps import apply, get
from tests.support.lanes import RecordingWaker

LogIn = Callable[[str], str]
ReadSecret = Callable[[str], str]
# Five attempts take 50 ms.
QUICK = Limits(backoff_first=0.01, backoff_max=0.01, idle_timeout=1)


@pytest.fixture
def token(log_in: LogIn) -> str:
    return log_in("ada@example.com")


def apply_accepted(http: Client, token: str, posting: str, **draft: Any) -> str:
    """Apply, which must be accepted. Return the id of the application."""
    answer = apply(http, token, posting, **draft)
    assert answer.status_code == 202
    application_id: str = json.loads(answer.body)["id"]
    return application_id


def claim_jobs(lanes: Lanes) -> list[ClaimedJob]:
    """Claim the jobs at the heads of the lanes."""
    return list(Leases(lanes).claim("drain").jobs)


def serve(parts: Container, lanes: Lanes, handler: Handler) -> None:
    """Serve lanes until they are empty."""
    drain(
        Leases(lanes),
        handler,
        drain_id="drain",
        remaining=lambda: 60.0,
        waker=RecordingWaker(),
        observer=LoggingObserver(parts.logger, lanes.kind, "done"),
    )


# Sweeps.


def test_sweep_drains_although_the_reconciler_fails(
    http: Client,
    token: str,
    posting: str,
    parts: Container,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    application = apply_accepted(http, token, posting)

    def fail(self: Reconciler, seconds: float) -> None:
        raise ValueError("of ada@example.com")

    monkeypatch.setattr(Reconciler, "run", fail)
    assert sweep_applications(parts) == 1
    status = json.loads(get(http, f"/v1/applications/{application}", token).body)
    assert status["status"] == "stored"
    printed = capsys.readouterr().out
    [metric] = [json.loads(line) for line in printed.splitlines() if "reconcile_failed" in line]
    assert (metric["kind"], metric["shard"]) == ("applications", "0")
    assert "reconcile failed" in caplog.messages
    assert "of ada@" not in printed + caplog.text


# Applications that the queue accepts again because Redis lost its memory.


def test_second_receipt_leads_to_the_first_application(
    http: Client, token: str, log_in: LogIn, posting: str, parts: Container, redis: Redis
) -> None:
    first = apply_accepted(http, token, posting, cover_letter="one")
    assert sweep_applications(parts) == 1
    redis.flushall()
    second = apply_accepted(http, token, posting, cover_letter="two")
    assert second != first
    assert sweep_applications(parts) == 1
    redis.flushall()

    of_first = get(http, f"/v1/applications/{first}", token)
    of_second = get(http, f"/v1/applications/{second}", token)
    assert (of_second.status_code, of_second.body) == (200, of_first.body)
    assert json.loads(of_second.body)["status"] == "stored"
    listed = json.loads(get(http, "/v1/applications", token).body)["applications"]
    assert [application["id"] for application in listed] == [first]
    # Another candidate cannot read it.
    bob = log_in("bob@example.com")
    assert get(http, f"/v1/applications/{second}", bob).status_code == 404


def test_alias_stored_twice_has_no_confirmation(
    http: Client,
    token: str,
    posting: str,
    parts: Container,
    redis: Redis,
    database: Database[dict[str, Any]],
) -> None:
    """A worker dies after it stored the alias, before it settles."""
    first = apply_accepted(http, token, posting)
    sweep_applications(parts)
    redis.flushall()
    second = apply_accepted(http, token, posting)
    jobs = claim_jobs(parts.recruiting.lanes[0])
    for _ in range(2):
        assert parts.recruiting.job_handler.handle(jobs) == [Done({"duplicate_of": first})]
    assert database["applications"].count_documents({}) == 2
    alias = database["applications"].find_one({"_id": second})
    assert alias is not None
    assert (alias["duplicate_of"], alias["active"]) == (first, False)


def test_deletion_removes_applications_and_aliases(
    http: Client,
    token: str,
    posting: str,
    parts: Container,
    redis: Redis,
    database: Database[dict[str, Any]],
) -> None:
    apply_accepted(http, token, posting)
    sweep_applications(parts)
    redis.flushall()
    second = apply_accepted(http, token, posting)
    sweep_applications(parts)
    [ada] = database["applications"].distinct("candidate_id")
    database["applications"].delete_many({"candidate_id": ada})
    assert database["applications"].count_documents({}) == 0
    redis.flushall()
    assert get(http, f"/v1/applications/{second}", token).status_code == 404


# An outage is not the jobs' fault; a refused document may be.


@pytest.mark.parametrize("error", [AutoReconnect("gone"), ExecutionTimeout("slow", 50)])
def test_mongodb_outage_raises_store_unavailable(
    error: Exception,
    http: Client,
    token: str,
    posting: str,
    parts: Container,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    apply_accepted(http, token, posting)

    def fail(*arguments: object) -> None:
        raise error

    monkeypatch.setattr("chalicelib.recruiting.applications.repository.insert_missing", fail)
    with pytest.raises(StoreUnavailable, match=type(error).__name__):
        parts.recruiting.job_handler.handle(claim_jobs(parts.recruiting.lanes[0]))
    monkeypatch.setattr(MailLedger, "find", fail)
    with pytest.raises(StoreUnavailable, match=type(error).__name__):
        parts.notifications.job_handler.handle(claim_jobs(parts.notifications.lanes[0]))


def test_refused_document_is_dead_lettered_alone(
    http: Client,
    token: str,
    log_in: LogIn,
    posting: str,
    parts: Container,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    good = apply_accepted(http, token, posting, cover_letter="good")
    bob = log_in("bob@example.com")
    bad = apply_accepted(http, bob, posting, cover_letter="refused and private")

    def refuse(collection: Any, documents: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        for document in documents:
            if document.get("cover_letter", "").startswith("refused"):
                raise BulkWriteError({"writeErrors": [{"code": 121, "op": document}]})
        return insert_missing(collection, documents)

    monkeypatch.setattr("chalicelib.recruiting.applications.repository.insert_missing", refuse)
    lanes = Lanes(parts.redis, "applications", limits=QUICK)
    serve(parts, lanes, parts.recruiting.job_handler)
    assert json.loads(get(http, f"/v1/applications/{good}", token).body)["status"] == "stored"
    [dead] = DeadLetters(lanes).newest()
    assert dead.id == bad
    assert dead.error.endswith("MongoDB: BulkWriteError")
    assert "MongoDB: BulkWriteError" in caplog.text
    assert "private" not in caplog.text


@pytest.fixture
def confirmation(http: Client, token: str, posting: str, parts: Container) -> ClaimedJob:
    """The claimed mail job that confirms an application."""
    application = apply_accepted(http, token, posting)
    assert sweep_applications(parts) == 1
    [mail] = [job for job in claim_jobs(parts.notifications.lanes[0]) if application in job.id]
    return mail


def test_sent_mail_is_done_although_the_ledger_fails(
    confirmation: ClaimedJob, parts: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> None:
        raise WriteError("of ada@example.com", 121)

    monkeypatch.setattr(MailLedger, "finish", refuse)
    assert mail_handler(parts, FakeSes()).handle([confirmation]) == [Done({"message_id": "1"})]


def test_mail_of_a_dead_worker_is_sent_again_and_counted(
    confirmation: ClaimedJob, parts: Container, capsys: pytest.CaptureFixture[str]
) -> None:
    """The worker dies after SES took the e-mail; only the first repetition is in doubt."""

    class DyingSes(FakeSes):
        def send_raw_email(self, **mail: object) -> dict[str, str]:
            super().send_raw_email(**mail)
            raise SystemExit

    ses = FakeSes()
    with pytest.raises(SystemExit):
        mail_handler(parts, DyingSes()).handle([confirmation])
    for _ in range(2):
        [outcome] = mail_handler(parts, ses).handle([confirmation])
        assert isinstance(outcome, Done)
    assert ses.taken == 1
    metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [metric["sent_again"] for metric in metrics if "sent_again" in metric] == [[1.0]]


# SES may have sent an e-mail although its answer did not arrive.


class FakeSes:
    """An SES client that accepts e-mails, or raises an error."""

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
def test_uncertain_ses_error_uses_up_an_attempt(
    error: Exception, counts: bool, confirmation: ClaimedJob, parts: Container
) -> None:
    [outcome] = mail_handler(parts, FakeSes(error)).handle([confirmation])
    assert isinstance(outcome, Retry)
    assert (outcome.counts, outcome.delay is None) == (counts, counts)
    assert parts.notifications.ledger.find_sent([confirmation.id]) == {}


def test_mail_without_an_answer_is_dead_lettered(
    http: Client, token: str, posting: str, parts: Container
) -> None:
    apply_accepted(http, token, posting)
    assert sweep_applications(parts) == 1
    ses = FakeSes(ReadTimeoutError(endpoint_url="ses"))
    lanes = Lanes(parts.redis, "mail", limits=QUICK)
    serve(parts, lanes, mail_handler(parts, ses))
    assert ses.taken == QUICK.max_attempts
    assert DeadLetters(lanes).count() == 1


def test_mail_worker_stops_before_its_time_ends(
    parts: Container, read_secret: ReadSecret, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The e-mails for which the rate leaves no time keep their attempts."""

    class EndingContext:
        def __init__(self) -> None:
            self.ends = time.monotonic() + 11.5

        def get_remaining_time_in_millis(self) -> int:
            return round((self.ends - time.monotonic()) * 1000)

    notice = AccountNotice(AccountEvent.DELETED, "ada@example.com", "Ada")
    for _ in range(80):
        parts.notifications.outbox.enqueue(notice, "ada")
    monkeypatch.setenv("HIRELANE_MAIL_RATE", "20 per second")
    mailing, ses = Container("mail", read_secret=read_secret), FakeSes()
    mailing.override(redis=parts.redis, database=parts.database)
    mailing.notifications.override(ses=ses)
    assert mailing.notifications.job_handler, "imported before the time runs"
    context = EndingContext()
    worker = Worker(
        mailing, "mail", lambda: mailing.notifications.job_handler, "mailed", reserve=10.0
    )
    drained = worker.drain({}, context)
    assert drained == {"applied": ses.taken, "unfinished": True}
    assert 0 < ses.taken <= 32
    # All e-mails would take four seconds.
    assert context.get_remaining_time_in_millis() > 8_500
    left = claim_jobs(parts.notifications.lanes[0])
    assert {job.attempts for job in left} == {0}


def mail_handler(parts: Container, ses: Any) -> MailJobHandler:
    sender = MailSender(lambda: ses, "no-reply@hirelane.example")
    notifications = parts.notifications
    return MailJobHandler(
        notifications.ledger, sender, notifications.suppressions, notifications.composers
    )


# Wakes.


@pytest.mark.parametrize("redis_error", [RedisConnectionError(), RedisClusterException()])
def test_wake_never_raises(redis_error: Exception, parts: Container) -> None:
    retired = []

    def malformed() -> Any:
        raise ValueError("Invalid endpoint: no address")

    def retire(wake: Wake) -> None:
        retired.append(wake)
        raise redis_error

    wake = Wake("applications", 0, "a drain")
    waker = LambdaWaker({"applications": "a function"}, malformed, retire, parts.logger)
    waker.wake(wake)
    assert retired == [wake]
