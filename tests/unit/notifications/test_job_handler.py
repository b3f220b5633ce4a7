"""Mail jobs: outcomes for every answer of SES, and for jobs that cannot be sent."""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    IncompleteReadError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
    ResponseStreamingError,
)
from botocore.parsers import ResponseParserError
from pymongo.errors import AutoReconnect, WriteError

from chalicelib.notifications.job_handler import MailJobHandler
from chalicelib.notifications.ledger import MailLedger
from chalicelib.notifications.models import Email, Recipient, Suppression, SuppressionReason
from chalicelib.notifications.outbox import mail_job
from chalicelib.notifications.send_rate import SendRate
from chalicelib.notifications.sender import MailSender
from chalicelib.notifications.suppressions import SuppressionRepository
from chalicelib.queue import ClaimedJob
from chalicelib.queue.worker import Dead, Done, Retry, Skip, StoreUnavailable

ADA = Recipient("ada@example.com", "Ada")


class Greeting(msgspec.Struct, frozen=True, tag="greeting"):
    event: str


class GreetingComposer:
    """Composes greetings, for recipients that the job names."""

    content_type = Greeting

    def compose(self, content: Greeting, recipient: Recipient | None, /) -> Email | None:
        if recipient is None:
            return None
        return Email(recipient, "account_notice", {"event": content.event})


class FakeLedger(MailLedger):
    """A ledger in memory."""

    def __init__(self, error: Exception | None = None) -> None:
        self.entries: dict[str, bool] = {}
        self.finished: dict[str, str] = {}
        self.error = error

    def find(self, mail_ids: Iterable[str]) -> dict[str, bool]:
        if self.error:
            raise self.error
        return {one: self.entries[one] for one in mail_ids if one in self.entries}

    def begin(self, mail_id: str) -> bool:
        if mail_id in self.entries:
            return False
        self.entries[mail_id] = False
        return True

    def cancel(self, mail_id: str) -> None:
        del self.entries[mail_id]

    def finish(self, mail_id: str, message_id: str) -> None:
        self.entries[mail_id] = True
        self.finished[mail_id] = message_id


class FakeSuppressions(SuppressionRepository):
    """Suppresses the addresses of one domain, without a database."""

    def __init__(self) -> None:
        pass

    def key_of(self, address: str) -> str:
        return f"key-of-{len(address)}-characters"

    def find(self, address: str) -> Suppression | None:
        if not address.endswith("@bounced.example"):
            return None
        return Suppression(SuppressionReason.BOUNCE, datetime.now(UTC), can_retry=True)


class FakeSes:
    """An SES client that accepts e-mails, or raises the next error."""

    def __init__(self, *errors: Exception | None) -> None:
        self.errors = iter(errors)
        self.sent: list[dict[str, Any]] = []

    def send_raw_email(self, **message: Any) -> dict[str, str]:
        self.sent.append(message)
        if error := next(self.errors, None):
            raise error
        return {"MessageId": f"message {len(self.sent)}"}


def ses_error(code: str, text: str = "", status: int = 400) -> ClientError:
    answer: Any = {
        "Error": {"Code": code, "Message": text},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(answer, "SendRawEmail")


def handler(
    ses: Any,
    ledger: FakeLedger | None = None,
    rate: SendRate | None = None,
    parallel: int = 1,
) -> MailJobHandler:
    sender = MailSender(lambda: ses, "no-reply@hirelane.example", rate)
    suppressions = FakeSuppressions()
    return MailJobHandler(
        ledger or FakeLedger(), sender, suppressions, [GreetingComposer()], parallel
    )


def job(
    mail_id: str = "m1",
    recipient: Recipient | None = ADA,
    lane: str = "mail:ada",
) -> ClaimedJob:
    new = mail_job(
        mail_id,
        Greeting("account_deleted"),
        recipient=recipient,
        description="greet",
        correlation_id="c",
    )
    _, data, meta, *_ = new.encode()
    return ClaimedJob(mail_id, lane, data, meta=meta)


def raw_job(arguments: str) -> ClaimedJob:
    data = f'["chalicelib.jobs.send_mail", null, [], {arguments}]'
    return ClaimedJob("m1", "mail:ada", data.encode())


def test_mail_is_sent_and_recorded() -> None:
    ses, ledger = FakeSes(), FakeLedger()
    assert handler(ses, ledger).handle([job()]) == [Done(keeps_job=False)]
    [message] = ses.sent
    assert message["Destinations"] == ["ada@example.com"]
    assert b"To: Ada <ada@example.com>" in message["RawMessage"]["Data"]
    assert ledger.finished == {"m1": "message 1"}


def test_mail_in_the_ledger_is_not_sent_again() -> None:
    ses, ledger = FakeSes(), FakeLedger()
    ledger.entries["m1"] = True
    outcomes = handler(ses, ledger).handle([job("m1"), job("m2")])
    assert outcomes == [Done(), Done(keeps_job=False)]
    assert len(ses.sent) == 1


def test_mail_without_a_recipient_is_done_and_not_sent() -> None:
    ses = FakeSes()
    assert handler(ses).handle([job(recipient=None)]) == [Done({"not_sent": "no recipient"})]
    assert ses.sent == []


def test_suppressed_address_gets_nothing_and_no_retry() -> None:
    ses, ledger = FakeSes(), FakeLedger()
    bounced = job(recipient=Recipient("ada@bounced.example", "Ada"))
    [outcome] = handler(ses, ledger).handle([bounced])
    assert outcome == Done({"not_sent": "suppressed"}, effect="mail_suppressed")
    assert (ses.sent, ledger.entries) == ([], {})


def test_tags_name_the_mail_and_no_address() -> None:
    ses = FakeSes()
    sender = MailSender(lambda: ses, "no-reply@hirelane.example", configuration_set="hirelane")  # type: ignore[arg-type,return-value]
    MailJobHandler(FakeLedger(), sender, FakeSuppressions(), [GreetingComposer()]).handle([job()])
    [message] = ses.sent
    tags = {tag["Name"]: tag["Value"] for tag in message["Tags"]}
    assert tags == {"mail": "m1", "recipient": "key-of-15-characters"}
    assert message["ConfigurationSetName"] == "hirelane"


def test_invalid_address_is_dead_lettered_without_the_address() -> None:
    [outcome] = handler(FakeSes()).handle([job(recipient=Recipient("no address", "Ada"))])
    assert outcome == Dead("the recipient is not valid in a header")


ACCOUNT_ERRORS = [
    ses_error("MessageRejected", "Sending paused for this account. For more information, ..."),
    ses_error("MessageRejected", "Email address is not verified. The following identities ..."),
    ses_error("MessageRejected", "Did not have authority to send from email a@b.example"),
    ses_error("AccountSendingPausedException"),
    ses_error("ConfigurationSetSendingPausedException"),
    ses_error("ConfigurationSetDoesNotExist"),
    ses_error("MailFromDomainNotVerifiedException"),
    ses_error("Throttling", "Daily message quota exceeded."),
    ses_error("LimitExceededException"),
    ses_error("ExpiredToken", status=403),
    ses_error("RequestExpired"),
    ses_error("AccessDenied", status=403),
    ses_error("UnrecognizedClientException"),
    ses_error("IncompleteSignature"),
    ses_error("ServiceUnavailable", status=503),
    ses_error("InternalFailure", status=500),
    ses_error("SomethingNew", status=502),
    ses_error("503"),
    ses_error("403"),
    EndpointConnectionError(endpoint_url="ses"),
    ConnectTimeoutError(endpoint_url="ses"),
    NoCredentialsError(),
]


@pytest.mark.parametrize("error", ACCOUNT_ERRORS, ids=str)
def test_account_error_delays_all_mail_without_an_attempt(
    error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    """No e-mail is at fault, and a second one would get the same answer."""
    ses, ledger = FakeSes(None, error, error, error), FakeLedger()
    mailer = handler(ses, ledger)
    jobs = [job("m1"), job("m2"), job("m3", lane="mail:bob")]
    sent, *waiting = mailer.handle(jobs)
    assert isinstance(sent, Done)
    assert len(ses.sent) == 2
    assert ledger.entries == {"m1": True}
    for seconds in (5.0, 10.0, 20.0):
        for outcome in waiting:
            assert isinstance(outcome, Retry)
            assert (outcome.delay, outcome.counts) == (seconds, False)
        waiting = mailer.handle(jobs[1:])
    assert all(isinstance(outcome, Done) for outcome in waiting)
    metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [metric["ses_unavailable"] for metric in metrics] == [[1.0]] * 3


class ScriptedRate(SendRate):
    """A rate that answers from a list, and notes what SES said."""

    def __init__(self, *waits: float) -> None:
        self.waits = iter(waits)
        self.throttled: list[bool] = []

    def wait(self, deadline: float = math.inf) -> float:
        return next(self.waits, 0.0)

    def report(self, *, throttled: bool) -> None:
        self.throttled.append(throttled)


@pytest.mark.parametrize(
    "error",
    [
        ses_error("Throttling", "Maximum sending rate exceeded."),
        ses_error("ThrottlingException"),
        ses_error("TooManyRequestsException", status=429),
    ],
    ids=str,
)
def test_throttled_mail_alone_is_retried_without_an_attempt(
    error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    ses, ledger, rate = FakeSes(error), FakeLedger(), ScriptedRate()
    outcomes = handler(ses, ledger, rate).handle([job("m1"), job("m2", lane="mail:bob")])
    assert isinstance(outcomes[0], Retry)
    assert (outcomes[0].delay, outcomes[0].counts) == (1.0, False)
    assert isinstance(outcomes[1], Done)
    # Nothing was sent, so the next attempt is not one that repeats an e-mail.
    assert ledger.entries == {"m2": True}
    assert rate.throttled == [True, False]
    assert '"mail_throttled":[' in capsys.readouterr().out


def test_long_wait_for_the_rate_delays_the_lane() -> None:
    """A function that waits for minutes costs as much as one that works."""
    ses, ledger = FakeSes(), FakeLedger()
    outcomes = handler(ses, ledger, ScriptedRate(432.0)).handle(
        [job("m1"), job("m2"), job("m3", lane="mail:bob")]
    )
    assert outcomes[:2] == [Retry("the rate of the account", 432.0, counts=False), Skip()]
    assert isinstance(outcomes[2], Done)
    assert ledger.entries == {"m3": True}


@pytest.mark.parametrize("error", [None, ses_error("Throttling", "Daily message quota exceeded.")])
def test_lanes_are_served_at_once_and_each_in_order(error: Exception | None) -> None:
    """All lanes meet at the barrier, which one after the other could not."""

    class MeetingSes(FakeSes):
        def __init__(self) -> None:
            super().__init__()
            self.barrier = threading.Barrier(4, timeout=60)

        def send_raw_email(self, **message: Any) -> dict[str, str]:
            self.barrier.wait()
            self.sent.append(message)
            if error:
                raise error
            return {"MessageId": "x"}

    ses, ledger = MeetingSes(), FakeLedger()
    jobs = [job(f"m{n}{lane}", lane=f"mail:{lane}") for n in range(3) for lane in "abcd"]
    outcomes = handler(ses, ledger, parallel=4).handle(jobs)
    if error:
        assert len(ses.sent) == 4
        assert all(isinstance(outcome, Retry) and outcome.delay == 5.0 for outcome in outcomes)
        assert ledger.entries == {}
    else:
        assert all(isinstance(outcome, Done) for outcome in outcomes)
        for lane in "abcd":
            of_lane = [mail for mail in ledger.finished if mail.endswith(lane)]
            assert of_lane == [f"m{n}{lane}" for n in range(3)]


REJECTED = [
    ses_error("MessageRejected", "Address blacklisted."),
    ses_error("InvalidParameterValue", "Local address contains control or whitespace"),
    ParamValidationError(report="x"),
]
# Whether SES sent the e-mail is unknown.
UNCERTAIN = [
    ReadTimeoutError(endpoint_url="ses"),
    ConnectionClosedError(endpoint_url="ses"),
    ResponseStreamingError(error="x"),
    IncompleteReadError(actual_bytes=1, expected_bytes=2),
    ResponseParserError("x"),
]


@pytest.mark.parametrize("error", [*REJECTED, *UNCERTAIN, ses_error("MalformedInput")], ids=str)
def test_error_of_one_message_counts_for_it_alone(error: Exception) -> None:
    ledger = FakeLedger()
    outcome, sent = handler(FakeSes(error), ledger).handle([job("m1"), job("m2", lane="mail:bob")])
    assert isinstance(sent, Done)
    if error in REJECTED:
        assert isinstance(outcome, Dead)
    else:
        assert isinstance(outcome, Retry)
        assert (outcome.delay, outcome.counts) == (None, True)
    # Only an e-mail in doubt is counted when it is sent again.
    assert ("m1" in ledger.entries) == (error in UNCERTAIN)


def test_mail_behind_a_retried_one_waits() -> None:
    ses = FakeSes(UNCERTAIN[0])
    [retry, behind] = handler(ses).handle([job("m1"), job("m2")])
    assert isinstance(retry, Retry)
    assert behind == Skip()
    assert len(ses.sent) == 1


def test_mail_begun_by_another_worker_is_not_sent() -> None:
    class RacingLedger(FakeLedger):
        def begin(self, mail_id: str) -> bool:
            return False

    ses = FakeSes()
    [outcome] = handler(ses, RacingLedger()).handle([job()])
    assert isinstance(outcome, Retry)
    assert not outcome.counts
    assert ses.sent == []


def test_ledger_failure_after_a_send_keeps_the_sent_mail() -> None:
    """Otherwise the e-mail whose second record failed would be sent again."""

    class FailingLedger(FakeLedger):
        def begin(self, mail_id: str) -> bool:
            if mail_id == "m2":
                raise AutoReconnect
            return super().begin(mail_id)

        def finish(self, mail_id: str, message_id: str) -> None:
            raise AutoReconnect

    outcomes = handler(FakeSes(), FailingLedger()).handle([job("m1"), job("m2")])
    assert outcomes == [Done({"message_id": "message 1"}), Skip()]


def test_mail_that_the_rate_allows_after_the_deadline_is_skipped() -> None:
    class EndingRate(SendRate):
        def __init__(self) -> None:
            self.waits = iter([0.0, 3.0])

        def wait(self, deadline: float = math.inf) -> float:
            if seconds := next(self.waits):
                time.sleep(max(0.0, deadline - time.monotonic()))
            return seconds

        def report(self, *, throttled: bool) -> None:
            pass

    ses, ledger = FakeSes(), FakeLedger()
    jobs = [job("m1"), job("m2"), job("m3", lane="mail:bob")]
    outcomes = handler(ses, ledger, EndingRate()).handle(jobs, time.monotonic() + 0.5)
    assert outcomes == [Done(keeps_job=False), Skip(), Skip()]
    assert ledger.entries == {"m1": True}


@pytest.mark.parametrize(
    "arguments",
    [
        "{}",
        '{"id": 1, "words": {"type": "greeting"}}',
        '{"id": "m1", "words": "greeting"}',
        '{"id": "m1", "words": {}}',
        '{"id": "m1", "words": {"type": "unknown", "event": "x"}}',
        '{"id": "m1", "words": {"type": ["greeting"], "event": "x"}}',
        '{"id": "m1", "words": {"type": "greeting"}}',
        '{"id": "m1", "words": {"type": "greeting", "event": 1}}',
        '{"id": "m1", "words": {"type": "greeting", "event": "x"}, "to": "ada@example.com"}',
    ],
)
def test_unreadable_mail_job_is_dead_lettered_alone(arguments: str) -> None:
    ledger = FakeLedger()
    [unreadable, sent] = handler(FakeSes(), ledger).handle([raw_job(arguments), job("m2")])
    assert isinstance(unreadable, Dead)
    assert isinstance(sent, Done)
    assert ledger.entries == {"m2": True}


def test_stored_arguments_keep_their_names() -> None:
    """Jobs of earlier versions wait in Redis, and earlier versions may read jobs of this one."""
    stored = '{"id": "m1", "words": {"type": "greeting", "event": "account_deleted"}, "to": %s}'
    recipient = '{"email": "ada@example.com", "name": "Ada"}'
    assert raw_job(stored % recipient).kwargs() == job().kwargs()
    [outcome] = handler(FakeSes()).handle([raw_job(stored % recipient)])
    assert isinstance(outcome, Done)


@pytest.mark.parametrize(
    ("error", "raised"),
    [(AutoReconnect("ada@example.com"), StoreUnavailable), (WriteError("ada", 121), RuntimeError)],
)
def test_ledger_error_is_raised_without_its_text(error: Exception, raised: type[Exception]) -> None:
    with pytest.raises(raised) as failed:
        handler(FakeSes(), FakeLedger(error)).handle([job()])
    assert str(failed.value) == f"MongoDB: {type(error).__name__}"


def test_mail_after_the_deadline_is_skipped() -> None:
    ses, ledger = FakeSes(), FakeLedger()
    ledger.entries["m1"] = True
    assert handler(ses, ledger).handle([job("m1"), job("m2")], 0.0) == [Done(), Skip()]
    assert ses.sent == []
