"""Addresses that bounced or complained get no e-mail, and their owners are told in the account."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from chalice.test import Client

from chalicelib.auth.services.account_emails import AccountEvent, AccountNotice
from chalicelib.bootstrap.container import Container
from chalicelib.common import times
from chalicelib.notifications.models import SuppressionReason
from tests.integration.auth.api_requests import body_of, problem_of, send
from tests.integration.auth.people import EMAIL, Person
from tests.integration.auth.workers import deliver_emails
from tests.support.feedback import TOPIC, bounce, complaint, event, mail

RETRY = "/v1/account/email/retry"


@pytest.fixture
def feedback_topic(parts: Container, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIRELANE_MAIL_FEEDBACK_TOPIC", TOPIC)
    parts.drop("settings")
    parts.notifications.drop("feedback_handler")


def send_mail(parts: Container, address: str = EMAIL) -> list[Any]:
    notice = AccountNotice(AccountEvent.PASSWORD_CHANGED, address, "Ada")
    parts.notifications.outbox.enqueue(notice, address)
    return deliver_emails(parts)


def report(parts: Container, kind: Any, address: str = EMAIL) -> dict[str, int]:
    """Report the newest e-mail as SES does, from what the ledger and its tags say."""
    entry = parts.database["mail_ledger"].find_one(sort=[("begun_at", -1)])
    assert entry is not None
    key = parts.notifications.suppressions.key_of(address)
    about = mail(entry["_id"], entry["message_id"], key)
    return parts.notifications.feedback_handler.handle(event(kind(about)))


def problem(http: Client, ada: Person) -> Any:
    return body_of(send(http, "GET", "/v1/account", token=ada.token))["email_problem"]


@pytest.mark.usefixtures("feedback_topic")
def test_bounced_address_gets_nothing_until_its_owner_retries_once(
    http: Client, parts: Container, ada: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    problem_of(send(http, "POST", RETRY, token=ada.token), 409, "email-retry-refused")
    assert len(send_mail(parts)) == 1
    assert report(parts, bounce) == {"bounce": 1}
    assert report(parts, bounce) == {"bounce": 1}
    assert send_mail(parts, EMAIL.upper()) == send_mail(parts) == []
    assert '"mail_suppressed":[' in capsys.readouterr().out
    found = problem(http, ada)
    assert (found["reason"], found["can_retry"]) == ("bounce", True)

    assert body_of(send(http, "POST", RETRY, token=ada.token))["email_problem"] is None
    assert problem(http, ada) is None
    # SNS delivers the report of the old e-mail once more.
    report(parts, bounce)
    assert problem(http, ada) is None
    [confirmation] = deliver_emails(parts)
    assert confirmation["Subject"] == "Your e-mail address works again"

    report(parts, bounce)
    assert problem(http, ada)["can_retry"] is False
    problem_of(send(http, "POST", RETRY, token=ada.token), 409, "email-retry-refused")
    assert send_mail(parts) == []


@pytest.mark.usefixtures("feedback_topic")
def test_complaint_stays_and_replaces_a_bounce(http: Client, parts: Container, ada: Person) -> None:
    send_mail(parts)
    for kind in (bounce, complaint, bounce):
        report(parts, kind)
    assert problem(http, ada)["reason"] == "complaint"
    problem_of(send(http, "POST", RETRY, token=ada.token), 409, "email-retry-refused")
    [stored] = parts.database["mail_suppressions"].find()
    assert stored.keys() == {"_id", "reason", "at"}
    assert parts.notifications.suppressions.end(EMAIL)
    assert problem(http, ada) is None


def test_bounce_expires_and_names_nobody(parts: Container) -> None:
    suppressions, now = parts.notifications.suppressions, times.now()
    assert suppressions.add(suppressions.key_of(EMAIL), SuppressionReason.BOUNCE, now)
    [stored] = parts.database["mail_suppressions"].find()
    assert EMAIL.partition("@")[0] not in str(stored)
    assert timedelta(days=29) < stored["expires_at"] - now < timedelta(days=31)
    indexes = parts.database["mail_suppressions"].index_information()
    assert indexes["expires_at_1"]["expireAfterSeconds"] == 0
