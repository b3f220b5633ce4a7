"""The own account: read it, change its address, delete it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from chalice.test import Client, HTTPResponse

from chalicelib.auth.credentials.email_links import EmailLink, EmailLinkRepository, LinkPurpose
from chalicelib.auth.models import Role, Visitor
from chalicelib.bootstrap.container import Container
from chalicelib.common.errors import TooManyRequests
from chalicelib.common.ids import new_id
from tests.integration.auth.api_requests import (
    body_of,
    forge_signature,
    log_in,
    problem_of,
    send,
    set_cookies,
)
from tests.integration.auth.manual_clock import ManualClock
from tests.integration.auth.people import (
    EMAIL,
    NAME,
    OTHER_PASSWORD,
    PASSWORD,
    Person,
    create_person,
)
from tests.integration.auth.stored_data import audit_event_names, audit_events, newest_link_token
from tests.integration.auth.workers import (
    count_queued_emails,
    deliver_emails,
    link_of,
    run_worker,
    text_of,
)
from tests.integration.recruiting.steps import publish

NEW = "ada@newton.example"


def change_email(
    http: Client, ada: Person, email: str = NEW, password: str = PASSWORD
) -> HTTPResponse:
    body = {"password": password, "email": email}
    return send(http, "POST", "/v1/account/email", body, ada.token)


def confirm(http: Client, ada: Person, token: str) -> HTTPResponse:
    path = "/v1/account/email/confirmation"
    return send(http, "POST", path, {"token": token}, ada.token)


def delete(http: Client, ada: Person, **body: str) -> HTTPResponse:
    return send(http, "POST", "/v1/account/deletion", {"password": PASSWORD, **body}, ada.token)


@pytest.mark.parametrize("role", Role)
def test_owner_reads_the_account(
    http: Client, parts: Container, clock: ManualClock, role: Role
) -> None:
    someone = create_person(parts, role=role)
    assert body_of(send(http, "GET", "/v1/account", token=someone.token)) == {
        "id": someone.id,
        "email": EMAIL,
        "name": NAME,
        "role": role.value,
        "created_at": "2031-05-04T12:00:00Z",
        "second_factor": False,
        "has_password": True,
        "email_problem": None,
    }


def test_link_to_the_new_address_changes_it(http: Client, parts: Container, ada: Person) -> None:
    bob = create_person(parts, "bob@example.com")
    answer = change_email(http, ada, "Ada@Newton.Example")
    assert body_of(answer, 202)["status"] == "mailed"
    mails = {mail["To"].addresses[0].addr_spec: mail for mail in deliver_emails(parts)}
    assert set(mails) == {EMAIL, NEW}
    assert mails[EMAIL]["Subject"] == "Another e-mail address for your account"
    assert "newton" not in text_of(mails[EMAIL])
    assert "#/" not in text_of(mails[EMAIL])
    mail = mails[NEW]
    assert mail["Subject"] == "Confirm your new e-mail address"
    purpose, token = link_of(mail)
    assert purpose == "change-email"
    assert parts.auth.accounts.get(ada.id)["email"] == EMAIL
    other = body_of(log_in(http, deliver="body"))["refresh_token"]
    problem_of(confirm(http, bob, token), 410, "link-expired")
    path = "/v1/account/email/confirmation"
    problem_of(send(http, "POST", path, {"token": token}), 401, "unauthenticated")

    answer = confirm(http, ada, token)
    assert (body_of(answer, 204), answer.body) == (None, b"")
    assert parts.auth.accounts.get(ada.id)["email"] == NEW
    assert parts.auth.accounts.get(bob.id)["email"] == "bob@example.com"
    problem_of(log_in(http), 401, "wrong-credentials")
    body_of(log_in(http, NEW))
    body_of(send(http, "POST", "/v1/sessions/refresh", {"refresh_token": ada.refresh_token}))
    body = {"refresh_token": other}
    problem_of(send(http, "POST", "/v1/sessions/refresh", body), 401, "session-expired")
    [notice] = deliver_emails(parts)
    assert notice["To"] == f"{NAME} <{EMAIL}>"
    assert notice["Subject"] == "Your e-mail address was changed"
    assert NEW not in notice.as_string()
    details = {"account_id": ada.id, "session_id": ada.session_id}
    assert {"event": "email_change_asked", **details} in audit_events(parts)
    assert {"event": "email_changed", **details} in audit_events(parts)
    problem_of(confirm(http, ada, token), 410, "link-expired")


def test_strangers_cannot_block_a_change_of_address(
    http: Client, parts: Container, ada: Person
) -> None:
    """Strangers with accounts of their own ask for the address that Ada wants."""
    sender = parts.auth_services.link_sender
    for number in range(25):
        visitor = Visitor(new_id(), "curl", "somewhere")
        sender.send_email_change(NEW, visitor, account_id=f"stranger {number % 5}", credentials="")
    body_of(change_email(http, ada), 202)
    [*_, mail] = [mail for mail in deliver_emails(parts) if NEW in mail["To"]]
    body_of(confirm(http, ada, link_of(mail)[1]), 204)


def test_account_is_limited_to_20_changes_of_address(parts: Container, ada: Person) -> None:
    sender = parts.auth_services.link_sender
    for number in range(20):
        visitor = Visitor(new_id(), "curl", "somewhere")
        sender.send_email_change(f"{number}@example.com", visitor, account_id="a", credentials="")
    with pytest.raises(TooManyRequests):
        sender.send_email_change("x@example.com", visitor, account_id="a", credentials="")
    sender.send_email_change("x@example.com", visitor, account_id="b", credentials="")


def test_stored_email_change_holds_no_token(http: Client, parts: Container, ada: Person) -> None:
    body_of(change_email(http, ada), 202)
    [link] = parts.database["mail_links"].find()
    assert (link["purpose"], link["email"]) == ("change-email", NEW)
    assert link["about"]["account_id"] == ada.id


def test_changed_address_invalidates_older_links(
    http: Client, parts: Container, ada: Person
) -> None:
    body_of(send(http, "POST", "/v1/passwords/forgotten", {"email": EMAIL}), 202)
    reset = newest_link_token(parts, LinkPurpose.RESET_PASSWORD)
    body_of(change_email(http, ada), 202)
    body_of(confirm(http, ada, newest_link_token(parts, LinkPurpose.CHANGE_EMAIL, NEW)), 204)
    # A later owner of the old address is not affected either.
    assert parts.database["mail_links"].count_documents({}) == 0
    body = {"token": reset, "password": OTHER_PASSWORD}
    problem_of(send(http, "POST", "/v1/passwords/reset", body), 410, "link-expired")
    body_of(log_in(http, NEW))


def test_email_change_requires_the_password(http: Client, parts: Container, ada: Person) -> None:
    problem_of(change_email(http, ada, password="guessed"), 403, "wrong-password")
    assert parts.database["mail_links"].count_documents({}) == 0
    assert count_queued_emails(parts) == 0
    assert not list(parts.redis.scan_iter("{hl:limits}:mail.*"))
    assert audit_event_names(parts) == ["password_refused"]


def test_taken_address_notifies_its_owner_and_changes_nothing(
    http: Client, parts: Container, ada: Person
) -> None:
    bob = create_person(parts, "bob@example.com", name="Bob")
    taken = change_email(http, ada, bob.email)
    free = change_email(http, ada, NEW)
    assert (taken.status_code, taken.body) == (free.status_code, free.body)
    mails = {mail["Subject"]: mail for mail in deliver_emails(parts)}
    assert set(mails) == {
        "You already have an account",
        "Confirm your new e-mail address",
        "Another e-mail address for your account",
    }
    assert mails["You already have an account"]["To"] == f"Bob <{bob.email}>"
    assert "#/" not in text_of(mails["You already have an account"])
    token = newest_link_token(parts, LinkPurpose.CHANGE_EMAIL, bob.email)
    problem_of(confirm(http, ada, token), 410, "link-expired")
    assert parts.auth.accounts.get(ada.id)["email"] == EMAIL
    assert set(audit_event_names(parts)) == {"email_change_asked"}


def test_invalid_link_changes_no_address(http: Client, parts: Container, ada: Person) -> None:
    body_of(change_email(http, ada), 202)
    good = newest_link_token(parts, LinkPurpose.CHANGE_EMAIL, NEW)
    parts.auth.email_links.create(LinkPurpose.RESET_PASSWORD, NEW, account_id=ada.id)
    reset = newest_link_token(parts, LinkPurpose.RESET_PASSWORD, NEW)
    for token in (reset, forge_signature(good), "", "."):
        problem_of(confirm(http, ada, token), 410, "link-expired")
    assert parts.auth.accounts.get(ada.id)["email"] == EMAIL
    body_of(confirm(http, ada, good), 204)


@pytest.mark.parametrize(("seconds", "status"), [(86400 - 0.001, 204), (86400, 410)])
def test_email_change_link_expires_after_a_day(
    http: Client, parts: Container, clock: ManualClock, seconds: float, status: int
) -> None:
    ada = create_person(parts)
    body_of(change_email(http, ada), 202)
    token = newest_link_token(parts, LinkPurpose.CHANGE_EMAIL, NEW)
    clock.forward(seconds=seconds)
    body = {"refresh_token": ada.refresh_token}
    access = body_of(send(http, "POST", "/v1/sessions/refresh", body))["access_token"]
    path = "/v1/account/email/confirmation"
    assert send(http, "POST", path, {"token": token}, access).status_code == status


def test_address_of_a_deleted_account_cannot_change(
    http: Client, parts: Container, ada: Person
) -> None:
    body_of(change_email(http, ada), 202)
    token = newest_link_token(parts, LinkPurpose.CHANGE_EMAIL, NEW)
    parts.auth.accounts.delete(ada.id)
    problem_of(confirm(http, ada, token), 404, "account-not-found")
    assert audit_event_names(parts) == ["email_change_asked"]


def test_email_change_requests_are_limited(http: Client, parts: Container, ada: Person) -> None:
    for _ in range(5):
        body_of(change_email(http, ada), 202)
    answer = change_email(http, ada, NEW.upper())
    problem_of(answer, 429, "too-many-requests")
    assert parts.database["mail_links"].count_documents({}) == 5
    # Each request also sends a notice to the owner.
    assert count_queued_emails(parts) == 10


def apply(http: Client, someone: Person, posting: str) -> str:
    path = f"/v1/postings/{posting}/applications"
    application: str = body_of(send(http, "POST", path, {}, someone.token), 202)["id"]
    return application


def test_deletion_removes_everything_of_the_account(
    http: Client, parts: Container, ada: Person
) -> None:
    bob = create_person(parts, "bob@example.com")
    posting = publish(parts)
    apply(http, ada, posting)
    apply(http, bob, posting)
    run_worker(parts, "applications")
    body_of(send(http, "POST", "/v1/passwords/forgotten", {"email": EMAIL}), 202)
    body_of(log_in(http))
    deliver_emails(parts)

    answer = delete(http, ada)
    assert (body_of(answer, 204), answer.body) == (None, b"")
    assert set_cookies(answer)["__Host-hirelane-refresh"].startswith(
        "__Host-hirelane-refresh=; Max-Age=0;"
    )
    database = parts.database
    assert [found["_id"] for found in database["accounts"].find()] == [bob.id]
    assert [found["account_id"] for found in database["sessions"].find()] == [bob.id]
    assert [found["candidate_id"] for found in database["applications"].find()] == [bob.id]
    assert database["mail_links"].count_documents({}) == 0
    problem_of(log_in(http), 401, "wrong-credentials")
    body = {"refresh_token": ada.refresh_token}
    problem_of(send(http, "POST", "/v1/sessions/refresh", body), 401, "session-expired")
    problem_of(send(http, "GET", "/v1/account", token=ada.token), 404, "account-not-found")
    problem_of(delete(http, ada), 401, "session-expired")
    assert {"event": "account_deleted", "account_id": ada.id} in audit_events(parts)
    [mail] = deliver_emails(parts)
    assert mail["To"] == f"{NAME} <{EMAIL}>"
    assert mail["Subject"] == "Your account is deleted"


def test_deletion_removes_name_and_address(http: Client, parts: Container) -> None:
    """Also from a link to another address, which holds data of the deleted account."""
    ada = create_person(parts, "gone@example.com", name="Zuleika Gone")
    apply(http, ada, publish(parts))
    run_worker(parts, "applications")
    body_of(log_in(http, "gone@example.com"))
    body_of(change_email(http, ada), 202)
    body_of(delete(http, ada), 204)
    deliver_emails(parts)
    database = parts.database
    left = [
        document
        for name in database.list_collection_names()
        for document in database[name].find()
        if re.search("gone@example.com|zuleika", repr(document), re.IGNORECASE)
    ]
    assert left == []
    assert list(database["mail_links"].find()) == []


def test_queued_application_of_deleted_account_is_not_stored(
    http: Client, parts: Container, ada: Person
) -> None:
    bob = create_person(parts, "bob@example.com")
    posting = publish(parts)
    waiting = apply(http, ada, posting)
    apply(http, bob, posting)
    body_of(delete(http, ada), 204)
    deliver_emails(parts)
    run_worker(parts, "applications")
    assert [found["candidate_id"] for found in parts.database["applications"].find()] == [bob.id]
    assert parts.recruiting.lanes.of(ada.id).position(waiting) is None
    assert [mail["To"].addresses[0].addr_spec for mail in deliver_emails(parts)] == [bob.email]


def test_deletion_requires_the_password(http: Client, parts: Container, ada: Person) -> None:
    problem_of(delete(http, ada, password="guessed"), 403, "wrong-password")
    body_of(log_in(http))
    assert audit_event_names(parts) == ["password_refused", "logged_in"]


def test_interrupted_deletion_can_be_repeated(http: Client, parts: Container, ada: Person) -> None:
    parts.database["applications"].delete_many({"candidate_id": ada.id})
    parts.auth.email_links.delete_for(ada.email, ada.id)
    body_of(delete(http, ada), 204)
    assert parts.database["accounts"].count_documents({}) == 0


def test_address_of_deleted_account_can_register_again(
    http: Client, parts: Container, ada: Person
) -> None:
    body_of(delete(http, ada), 204)
    body = {"email": EMAIL, "name": NAME, "password": PASSWORD}
    body_of(send(http, "POST", "/v1/accounts", body), 202)
    token = newest_link_token(parts, LinkPurpose.REGISTER)
    body = {"token": token, "password": PASSWORD}
    account: Any = body_of(send(http, "POST", "/v1/accounts/confirmation", body), 201)
    assert account["id"] != ada.id


def test_simultaneous_password_change_stops_email_change(
    http: Client, parts: Container, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    body_of(change_email(http, ada), 202)
    token = newest_link_token(parts, LinkPurpose.CHANGE_EMAIL, NEW)
    consume = EmailLinkRepository.consume

    def consume_while_the_password_changes(links: EmailLinkRepository, link: EmailLink) -> None:
        consume(links, link)
        parts.auth.accounts.set_password(parts.auth.accounts.get(ada.id), "another")

    monkeypatch.setattr(EmailLinkRepository, "consume", consume_while_the_password_changes)
    problem_of(confirm(http, ada, token), 410, "link-expired")
    assert parts.auth.accounts.get(ada.id)["email"] == EMAIL


def test_data_stored_during_deletion_is_deleted(
    http: Client, parts: Container, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    applications = parts.database["applications"]
    end_all = parts.auth.sessions.end_all

    def meanwhile(account_id: str, except_id: str | None = None) -> None:
        applications.insert_one({"_id": "late", "candidate_id": account_id})
        end_all(account_id, except_id)

    monkeypatch.setattr(parts.auth.sessions, "end_all", meanwhile)
    answer = send(http, "POST", "/v1/account/deletion", {"password": PASSWORD}, ada.token)
    assert answer.status_code == 204
    assert applications.find_one({"candidate_id": ada.id}) is None
