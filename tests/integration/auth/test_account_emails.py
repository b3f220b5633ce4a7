"""E-mails about accounts: recipient, template and values."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

import pytest
from chalice.test import Client

from chalicelib.auth.credentials.email_links import LIFETIMES, LinkPurpose
from chalicelib.auth.services.account_emails import AccountEvent, AccountNotice, LinkEmail
from chalicelib.bootstrap.container import Container
from chalicelib.notifications.models import Email, Recipient
from tests.integration.auth.api_requests import body_of, send
from tests.integration.auth.manual_clock import ManualClock
from tests.integration.auth.people import EMAIL, NAME, PASSWORD, Person, create_person, unknown_id
from tests.integration.auth.stored_data import newest_link_token
from tests.integration.auth.workers import (
    SENDER,
    count_queued_emails,
    deliver_emails,
    link_of,
    text_of,
)

BOB = "bob@example.com"
ABOUT: dict[LinkPurpose, dict[str, Any]] = {
    LinkPurpose.REGISTER: {"name": "Typed With A Stranger's Address", "password": "hash"},
    LinkPurpose.RESET_PASSWORD: {},
    LinkPurpose.CHANGE_EMAIL: {"name": "Ada", "account_id": "x"},
}


def compose(parts: Container, content: LinkEmail | AccountNotice) -> Email | None:
    """Compose an e-mail with the composer for its content."""
    [composer] = [one for one in parts.notifications.composers if one.content_type is type(content)]
    email: Email | None = composer.compose(content, None)
    return email


def write(parts: Container, purpose: LinkPurpose, email: str) -> Email | None:
    link_id = parts.auth.email_links.create(purpose, email, **ABOUT[purpose])
    return compose(parts, LinkEmail(link_id))


@pytest.mark.parametrize(
    ("purpose", "template"),
    [(LinkPurpose.REGISTER, "account_confirm"), (LinkPurpose.CHANGE_EMAIL, "account_change_email")],
)
def test_new_address_receives_a_link(parts: Container, purpose: LinkPurpose, template: str) -> None:
    written = write(parts, purpose, BOB)
    assert written is not None
    token = newest_link_token(parts, purpose, BOB)
    url = f"https://hirelane.example/#/{purpose.value}/{token}"
    assert written.recipient.email == BOB
    assert (written.template, written.values) == (template, {"url": url})
    if purpose is LinkPurpose.REGISTER:
        assert written.recipient.name == ""


@pytest.mark.parametrize("purpose", [LinkPurpose.REGISTER, LinkPurpose.CHANGE_EMAIL])
def test_address_with_account_receives_no_link(
    parts: Container, ada: Person, purpose: LinkPurpose
) -> None:
    values = {"url": "https://hirelane.example"}
    expected = Email(Recipient(EMAIL, NAME), "account_exists", values)
    assert write(parts, purpose, EMAIL) == expected


def test_reset_email_goes_only_to_accounts(parts: Container, ada: Person) -> None:
    assert write(parts, LinkPurpose.RESET_PASSWORD, BOB) is None
    written = write(parts, LinkPurpose.RESET_PASSWORD, EMAIL)
    token = newest_link_token(parts, LinkPurpose.RESET_PASSWORD)
    url = f"https://hirelane.example/#/reset-password/{token}"
    assert written == Email(Recipient(EMAIL, NAME), "account_reset_password", {"url": url})


@pytest.mark.parametrize("purpose", LinkPurpose)
def test_expired_link_sends_no_email(
    parts: Container, clock: ManualClock, ada: Person, purpose: LinkPurpose
) -> None:
    link_id = parts.auth.email_links.create(purpose, EMAIL, **ABOUT[purpose])
    clock.forward(seconds=LIFETIMES[purpose].total_seconds() - 0.001)
    assert compose(parts, LinkEmail(link_id))
    clock.forward(seconds=0.001)
    assert compose(parts, LinkEmail(link_id)) is None
    assert compose(parts, LinkEmail(unknown_id())) is None


@pytest.mark.parametrize("event", AccountEvent)
def test_notice_goes_to_its_address(parts: Container, event: AccountEvent) -> None:
    written = compose(parts, AccountNotice(event, BOB, "Bob"))
    recipient, values = Recipient(BOB, "Bob"), {"event": event.value}
    # Of a deleted account, nothing is kept.
    keeps_job = event is not AccountEvent.DELETED
    assert written == Email(recipient, "account_notice", values, keeps_job)


def test_recipients_are_found_by_account_id(parts: Container, ada: Person) -> None:
    find = parts.auth.accounts.find_recipients
    assert find([]) == {}
    assert find([ada.id, unknown_id()]) == {ada.id: Recipient(EMAIL, NAME)}


SUBJECTS = {
    AccountEvent.PASSWORD_CHANGED: "Your password was changed",
    AccountEvent.EMAIL_CHANGE_ASKED: "Another e-mail address for your account",
    AccountEvent.EMAIL_CHANGED: "Your e-mail address was changed",
    AccountEvent.EMAIL_RETRIED: "Your e-mail address works again",
    AccountEvent.SECOND_FACTOR_ON: "Your second factor is on",
    AccountEvent.SECOND_FACTOR_OFF: "Your second factor is off",
    AccountEvent.DELETED: "Your account is deleted",
}


def test_emails_of_one_owner_are_sent_in_order(parts: Container) -> None:
    assert set(SUBJECTS) == set(AccountEvent)
    for event in AccountEvent:
        parts.notifications.outbox.enqueue(AccountNotice(event, BOB, "Bob <b>"), BOB)
    mails = deliver_emails(parts)
    assert [mail["Subject"] for mail in mails] == [SUBJECTS[event] for event in AccountEvent]
    for mail in mails:
        assert mail["To"].addresses[0].addr_spec == BOB
        assert mail["To"].addresses[0].display_name == "Bob <b>"
        assert mail["From"] == f"Hirelane <{SENDER}>"
        assert "Hello Bob <b>" in text_of(mail)
        assert "Hello Bob &lt;b&gt;" in text_of(mail, "html")
    assert deliver_emails(parts) == []


def both(mail: EmailMessage) -> str:
    return f"{mail['To']} {mail['Subject']} {text_of(mail)} {text_of(mail, 'html')}"


def test_registration_email_omits_the_entered_name(http: Client, parts: Container) -> None:
    name = "You won! Visit evil.example"
    body = {"email": BOB, "name": name, "password": PASSWORD}
    body_of(send(http, "POST", "/v1/accounts", body), 202)
    [mail] = deliver_emails(parts)
    assert "evil" not in both(mail)
    assert mail["To"] == BOB
    assert "https://hirelane.example/#/register/" in text_of(mail)
    assert "https://hirelane.example/#/register/" in text_of(mail, "html")


def test_email_change_email_omits_the_account_name(http: Client, parts: Container) -> None:
    """A spammer needs only one mailbox, and could send the account name to any address."""
    spammer = create_person(parts, name="You won! Visit evil.example")
    body = {"password": PASSWORD, "email": BOB}
    body_of(send(http, "POST", "/v1/account/email", body, spammer.token), 202)
    [mail] = [mail for mail in deliver_emails(parts) if mail["To"] == BOB]
    assert link_of(mail)[0] == "change-email"
    assert "evil" not in both(mail)


def test_queued_email_holds_no_address_and_no_token(
    http: Client, parts: Container, ada: Person
) -> None:
    body_of(send(http, "POST", "/v1/passwords/forgotten", {"email": EMAIL}), 202)
    assert count_queued_emails(parts) == 1
    for key in parts.redis.scan_iter("*"):
        assert b"ada" not in key
    [link] = parts.database["mail_links"].find()
    [key] = parts.redis.scan_iter("{hl0}:job:letter-*")
    job = parts.notifications.lanes[0].find(key.decode().rpartition("job:")[2])
    assert job is not None
    assert job.kwargs()["words"] == {"type": "account_link", "link_id": link["_id"]}
    assert job.kwargs().get("to") is None
