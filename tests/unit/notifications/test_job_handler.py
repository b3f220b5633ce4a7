"""Mail jobs: outcomes for every answer of SES, and for jobs that cannot be sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from pymongo.errors import AutoReconnect, WriteError

from chalicelib.notifications.job_handler import MailJobHandler
from chalicelib.notifications.ledger import MailLedger
from chalicelib.notifications.models import Email, Recipient
from chalicelib.notifications.outbox import mail_job
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
        self.begun: list[str] = []
        self.finished: dict[str, str] = {}
        self.error = error

    def begin(self, mail_ids: Sequence[str]) -> set[str]:
        if self.error:
            raise self.error
        self.begun += mail_ids
        return self.finished.keys() & set(mail_ids)

    def finish(self, mail_id: str, message_id: str) -> None:
        self.finished[mail_id] = message_id


class FakeSes:
    """An SES client that accepts e-mails, or raises an error."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.sent: list[dict[str, Any]] = []

    def send_raw_email(self, **message: Any) -> dict[str, str]:
        self.sent.append(message)
        if self.error:
            raise self.error
        return {"MessageId": f"message {len(self.sent)}"}


def handler(ses: Any, ledger: FakeLedger | None = None) -> MailJobHandler:
    return MailJobHandler(
        ledger or FakeLedger(), lambda: ses, [GreetingComposer()], "no-reply@hirelane.example"
    )


def job(
    mail_id: str = "m1",
    recipient: Recipient | None = ADA,
) -> ClaimedJob:
    new = mail_job(
        mail_id,
        Greeting("account_deleted"),
        recipient=recipient,
        description="greet",
        correlation_id="c",
    )
    _, data, meta, *_ = new.encode()
    return ClaimedJob(mail_id, "mail:ada", data, meta=meta)


def raw_job(arguments: str) -> ClaimedJob:
    data = f'["chalicelib.jobs.send_mail", null, [], {arguments}]'
    return ClaimedJob("m1", "mail:ada", data.encode())


def test_mail_is_sent_and_recorded() -> None:
    ses, ledger = FakeSes(), FakeLedger()
    assert handler(ses, ledger).handle([job()]) == [Done({"message_id": "message 1"})]
    [message] = ses.sent
    assert message["Destinations"] == ["ada@example.com"]
    assert b"To: Ada <ada@example.com>" in message["RawMessage"]["Data"]
    assert ledger.finished == {"m1": "message 1"}


def test_mail_in_the_ledger_is_not_sent_again() -> None:
    ses, ledger = FakeSes(), FakeLedger()
    ledger.finished["m1"] = "message 0"
    outcomes = handler(ses, ledger).handle([job("m1"), job("m2")])
    assert outcomes == [Done(), Done({"message_id": "message 1"})]
    assert len(ses.sent) == 1


def test_mail_without_a_recipient_is_done_and_not_sent() -> None:
    ses = FakeSes()
    assert handler(ses).handle([job(recipient=None)]) == [Done({"not_sent": "no recipient"})]
    assert ses.sent == []


def test_invalid_address_is_dead_lettered_without_the_address() -> None:
    [outcome] = handler(FakeSes()).handle([job(recipient=Recipient("no address", "Ada"))])
    assert outcome == Dead("the recipient is not valid in a header")


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        ("MessageRejected", Dead("SES: MessageRejected")),
        ("InvalidParameterValue", Dead("SES: InvalidParameterValue")),
        ("Throttling", Retry("SES: Throttling", 5.0, counts=False)),
        ("ServiceUnavailable", Retry("SES: ServiceUnavailable", 5.0, counts=False)),
        ("AccessDenied", Retry("SES: AccessDenied")),
        (ReadTimeoutError(endpoint_url="ses"), Retry("SES: ReadTimeoutError")),
        (
            EndpointConnectionError(endpoint_url="ses"),
            Retry("SES: EndpointConnectionError", 5.0, counts=False),
        ),
    ],
)
def test_ses_error_decides_the_outcome(error: str | Exception, outcome: Dead | Retry) -> None:
    if isinstance(error, str):
        error = ClientError({"Error": {"Code": error}}, "SendRawEmail")
    ledger = FakeLedger()
    assert handler(FakeSes(error), ledger).handle([job()]) == [outcome]
    assert ledger.finished == {}


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
    assert ledger.begun == ["m2"]


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
    ledger.finished["m1"] = "message 0"
    assert handler(ses, ledger).handle([job("m1"), job("m2")], 0.0) == [Done(), Skip()]
    assert ses.sent == []
