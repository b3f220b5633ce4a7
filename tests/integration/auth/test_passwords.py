"""Passwords: change, and reset by an e-mailed link."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher
from chalice.test import Client, HTTPResponse

from chalicelib.auth.credentials.email_links import LinkPurpose
from chalicelib.auth.credentials.passwords import hash_password, verify_password
from chalicelib.auth.services import login as login_service
from chalicelib.auth.services import password as password_service
from chalicelib.auth.services import reauthentication
from chalicelib.bootstrap.container import Container
from tests.integration.auth.api_requests import body_of, forge_signature, log_in, problem_of, send
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
from tests.integration.auth.workers import count_queued_emails, deliver_emails, link_of, text_of

RESET = "/v1/passwords/reset"
CHANGE = "/v1/account/password"


def change(http: Client, ada: Person, current: str, password: str) -> HTTPResponse:
    body = {"current_password": current, "password": password}
    return send(http, "POST", CHANGE, body, ada.token)


def reset(http: Client, token: str, password: str = OTHER_PASSWORD) -> HTTPResponse:
    return send(http, "POST", RESET, {"token": token, "password": password})


def request_reset(http: Client, email: str = EMAIL) -> None:
    body_of(send(http, "POST", "/v1/passwords/forgotten", {"email": email}), 202)


def refresh(http: Client, token: str) -> HTTPResponse:
    return send(http, "POST", "/v1/sessions/refresh", {"refresh_token": token})


def test_password_change_ends_other_sessions(http: Client, parts: Container, ada: Person) -> None:
    other = body_of(log_in(http, deliver="body"))["refresh_token"]
    answer = change(http, ada, PASSWORD, OTHER_PASSWORD)
    assert body_of(answer, 204) is None
    assert answer.body == b""
    problem_of(refresh(http, other), 401, "session-expired")
    body_of(refresh(http, ada.refresh_token))
    problem_of(log_in(http), 401, "wrong-credentials")
    body_of(log_in(http, password=OTHER_PASSWORD))
    assert audit_events(parts)[1] == {
        "event": "password_changed",
        "account_id": ada.id,
        "how": "change",
    }
    [mail] = deliver_emails(parts)
    assert mail["To"] == f"{NAME} <{EMAIL}>"
    assert mail["Subject"] == "Your password was changed"
    assert "#/" not in text_of(mail)


def test_password_change_invalidates_links(http: Client, parts: Container, ada: Person) -> None:
    request_reset(http)
    token = newest_link_token(parts, LinkPurpose.RESET_PASSWORD)
    body_of(change(http, ada, PASSWORD, OTHER_PASSWORD), 204)
    problem_of(reset(http, token, PASSWORD), 410, "link-expired")


def test_password_change_does_not_affect_other_accounts(
    http: Client, parts: Container, ada: Person
) -> None:
    bob = create_person(parts, "bob@example.com")
    request_reset(http, bob.email)
    body_of(change(http, ada, PASSWORD, OTHER_PASSWORD), 204)
    body_of(refresh(http, bob.refresh_token))
    body_of(reset(http, newest_link_token(parts, LinkPurpose.RESET_PASSWORD, bob.email)), 204)


def test_password_change_requires_the_current_password(
    http: Client, parts: Container, ada: Person
) -> None:
    other = body_of(log_in(http, deliver="body"))["refresh_token"]
    problem = problem_of(change(http, ada, PASSWORD + "x", OTHER_PASSWORD), 403, "wrong-password")
    assert problem["title"] == "The password is wrong"
    body_of(refresh(http, other))
    body_of(log_in(http))
    assert audit_event_names(parts) == ["logged_in", "password_refused", "logged_in"]
    details = {"account_id": ada.id, "session_id": ada.session_id}
    assert audit_events(parts)[1] == {"event": "password_refused", **details}
    assert count_queued_emails(parts) == 0


@pytest.mark.parametrize("common", ["password", "PASSWORD", "Football", "trustno1"])
def test_common_password_is_rejected_and_keeps_the_link(
    http: Client, parts: Container, ada: Person, common: str
) -> None:
    problem = problem_of(change(http, ada, PASSWORD, common), 422, "invalid-fields")
    assert problem["errors"] == [
        {
            "field": "password",
            "detail": "This password is too common. Choose another one.",
        }
    ]
    request_reset(http)
    token = newest_link_token(parts, LinkPurpose.RESET_PASSWORD)
    problem = problem_of(reset(http, token, common), 422, "invalid-fields")
    assert problem["errors"][0]["field"] == "password"
    body_of(reset(http, token), 204)


@pytest.mark.parametrize(
    ("password", "good"),
    [("k7#pQz!", False), ("k7#pQz!w", True), ("k" * 128, True), ("k" * 129, False)],
)
def test_new_password_length_limits(
    http: Client, parts: Container, ada: Person, password: str, good: bool
) -> None:
    token = ""
    if good:
        body_of(change(http, ada, PASSWORD, password), 204)
        body_of(log_in(http, password=password))
    else:
        problem = problem_of(change(http, ada, PASSWORD, password), 422, "invalid-fields")
        assert problem["errors"][0]["field"] == "password"
    request_reset(http)
    token = newest_link_token(parts, LinkPurpose.RESET_PASSWORD)
    assert reset(http, token, password).status_code == (204 if good else 422)


def test_reauthentication_is_limited_by_session(
    http: Client, parts: Container, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reauthentication, "verify_password", lambda stored, password: False)
    for _ in range(10):
        problem_of(change(http, ada, "guessed", OTHER_PASSWORD), 403, "wrong-password")
    monkeypatch.undo()
    answer = change(http, ada, PASSWORD, OTHER_PASSWORD)
    problem_of(answer, 429, "too-many-requests")
    assert 295 <= int(answer.headers["Retry-After"]) <= 300
    for path in ("deletion", "email", "second-factor", "second-factor/removal"):
        body = {"password": PASSWORD, **({"email": "x@example.com"} if path == "email" else {})}
        problem_of(
            send(http, "POST", f"/v1/account/{path}", body, ada.token), 429, "too-many-requests"
        )
    confirmation = "/v1/account/second-factor/confirmation"
    problem_of(
        send(http, "POST", confirmation, {"code": "000000"}, ada.token), 429, "too-many-requests"
    )
    bob = create_person(parts, "bob@example.com")
    body_of(change(http, bob, PASSWORD, OTHER_PASSWORD), 204)


def test_reset_link_replaces_password_and_ends_sessions(
    http: Client, parts: Container, ada: Person
) -> None:
    request_reset(http, "ADA@example.com")
    [mail] = deliver_emails(parts)
    assert mail["To"] == f"{NAME} <{EMAIL}>"
    assert mail["Subject"] == "Choose a new password"
    purpose, token = link_of(mail)
    assert purpose == "reset-password"
    assert token in text_of(mail, "html")
    answer = reset(http, token)
    assert (body_of(answer, 204), answer.body) == (None, b"")
    problem_of(refresh(http, ada.refresh_token), 401, "session-expired")
    assert parts.database["sessions"].count_documents({}) == 0
    problem_of(log_in(http), 401, "wrong-credentials")
    body_of(log_in(http, password=OTHER_PASSWORD))
    problem_of(reset(http, token, PASSWORD), 410, "link-expired")
    assert audit_events(parts)[0] == {
        "event": "password_changed",
        "account_id": ada.id,
        "how": "reset",
    }
    assert [mail["Subject"] for mail in deliver_emails(parts)] == ["Your password was changed"]


def test_used_reset_link_invalidates_the_others(
    http: Client, parts: Container, ada: Person
) -> None:
    request_reset(http)
    first = newest_link_token(parts, LinkPurpose.RESET_PASSWORD)
    request_reset(http)
    second = newest_link_token(parts, LinkPurpose.RESET_PASSWORD)
    assert first != second
    body_of(reset(http, first), 204)
    problem_of(reset(http, second, PASSWORD), 410, "link-expired")
    assert parts.database["mail_links"].count_documents({}) == 0


@pytest.mark.parametrize("how", ["changed", "reset"])
def test_new_password_invalidates_pending_email_change(
    http: Client, parts: Container, ada: Person, how: str
) -> None:
    """Otherwise someone who knew the old password could take over the account a day later."""
    body = {"password": PASSWORD, "email": "thief@example.com"}
    body_of(send(http, "POST", "/v1/account/email", body, ada.token), 202)
    link = newest_link_token(parts, LinkPurpose.CHANGE_EMAIL, "thief@example.com")
    if how == "changed":
        body_of(change(http, ada, PASSWORD, OTHER_PASSWORD), 204)
    else:
        request_reset(http)
        body_of(reset(http, newest_link_token(parts, LinkPurpose.RESET_PASSWORD)), 204)
    token = (
        ada.token
        if how == "changed"
        else body_of(log_in(http, password=OTHER_PASSWORD))["access_token"]
    )
    path = "/v1/account/email/confirmation"
    problem_of(send(http, "POST", path, {"token": link}, token), 410, "link-expired")
    assert parts.auth.accounts.get(ada.id)["email"] == EMAIL


@pytest.mark.parametrize(("seconds", "status"), [(3600 - 0.001, 204), (3600, 410)])
def test_reset_link_expires_after_an_hour(
    http: Client, parts: Container, clock: ManualClock, seconds: float, status: int
) -> None:
    create_person(parts)
    request_reset(http)
    token = newest_link_token(parts, LinkPurpose.RESET_PASSWORD)
    clock.forward(seconds=seconds)
    assert reset(http, token).status_code == status


def test_invalid_link_sets_no_password(http: Client, parts: Container, ada: Person) -> None:
    request_reset(http)
    good = newest_link_token(parts, LinkPurpose.RESET_PASSWORD)
    parts.auth.email_links.create(LinkPurpose.REGISTER, EMAIL, name="x", password="y")
    registration = newest_link_token(parts, LinkPurpose.REGISTER)
    parts.auth.email_links.create(LinkPurpose.CHANGE_EMAIL, EMAIL, name="x", account_id=ada.id)
    change_email = newest_link_token(parts, LinkPurpose.CHANGE_EMAIL)
    for token in (registration, change_email, forge_signature(good), "", ada.refresh_token):
        problem_of(reset(http, token), 410, "link-expired")
    assert parts.database["mail_links"].count_documents({}) == 3
    assert audit_event_names(parts) == []
    body_of(reset(http, good), 204)


def test_reset_of_unknown_address_sends_no_email(http: Client, parts: Container) -> None:
    request_reset(http)
    assert count_queued_emails(parts) == 1
    assert deliver_emails(parts) == []
    token = newest_link_token(parts, LinkPurpose.RESET_PASSWORD)
    problem_of(reset(http, token), 410, "link-expired")
    assert parts.database["accounts"].count_documents({}) == 0


def test_link_used_before_sending_is_not_emailed(
    http: Client, parts: Container, ada: Person
) -> None:
    request_reset(http)
    body_of(reset(http, newest_link_token(parts, LinkPurpose.RESET_PASSWORD)), 204)
    assert [mail["Subject"] for mail in deliver_emails(parts)] == ["Your password was changed"]


@pytest.fixture
def _password_changes_during_hashing(
    parts: Container, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Store another password while the new one is hashed."""

    def hash_meanwhile(password: str) -> str:
        query = {"_id": ada.id}
        parts.database["accounts"].update_one(query, {"$set": {"password": "the other's"}})
        return hash_password(password)

    monkeypatch.setattr(password_service, "hash_password", hash_meanwhile)


@pytest.mark.usefixtures("_password_changes_during_hashing")
def test_simultaneous_change_stops_the_reset(http: Client, parts: Container, ada: Person) -> None:
    request_reset(http)
    problem_of(
        reset(http, newest_link_token(parts, LinkPurpose.RESET_PASSWORD)), 410, "link-expired"
    )
    assert parts.auth.accounts.get(ada.id)["password"] == "the other's"
    body_of(refresh(http, ada.refresh_token))


@pytest.mark.usefixtures("_password_changes_during_hashing")
def test_simultaneous_change_is_not_overwritten(
    http: Client, parts: Container, ada: Person
) -> None:
    problem_of(change(http, ada, PASSWORD, OTHER_PASSWORD), 403, "wrong-password")
    assert parts.auth.accounts.get(ada.id)["password"] == "the other's"
    assert audit_event_names(parts) == []
    body_of(refresh(http, ada.refresh_token))


def stored_hash(parts: Container, account_id: str) -> str:
    stored: str = parts.auth.accounts.get(account_id)["password"]
    return stored


def test_login_renews_a_hash_with_old_parameters(
    http: Client, parts: Container, ada: Person
) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    others = create_person(parts, "bob@example.com")
    parts.auth.accounts.set_password(parts.auth.accounts.get(ada.id), old)
    problem_of(log_in(http, password="wrong"), 401, "wrong-credentials")
    assert stored_hash(parts, ada.id) == old
    body_of(log_in(http))
    renewed = stored_hash(parts, ada.id)
    assert renewed != old
    assert renewed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert stored_hash(parts, others.id) != renewed
    body_of(log_in(http))
    assert stored_hash(parts, ada.id) == renewed
    # The renewal does not end existing sessions.
    body_of(refresh(http, ada.refresh_token))


def test_renewed_hash_does_not_overwrite_a_new_password(
    http: Client, parts: Container, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def needs_rehash(stored: str) -> bool:
        parts.auth.accounts.set_password(parts.auth.accounts.get(ada.id), "changed meanwhile")
        return True

    monkeypatch.setattr(login_service, "needs_rehash", needs_rehash)
    log_in(http)
    assert stored_hash(parts, ada.id) == "changed meanwhile"


def test_login_during_a_password_change_opens_no_session(
    http: Client, parts: Container, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check takes 30 ms. A login that began before the change must open no session."""

    def matches_and_is_changed_meanwhile(stored: str | None, password: str) -> bool:
        matched = verify_password(stored, password)
        assert parts.auth.accounts.set_password(
            parts.auth.accounts.get(ada.id), "changed meanwhile"
        )
        parts.auth.sessions.end_all(ada.id)
        return matched

    monkeypatch.setattr(login_service, "verify_password", matches_and_is_changed_meanwhile)
    answer = log_in(http, deliver="body")
    if answer.status_code == 200:
        problem_of(refresh(http, body_of(answer)["refresh_token"]), 401, "session-expired")
    else:
        problem_of(answer, 401, "wrong-credentials")
    assert parts.auth.sessions.list_for(ada.id) == []


@pytest.mark.parametrize("stored", ["not a hash", "$argon2id$v=19$m=19456,t=2,p=1$x$y"])
def test_invalid_stored_hash_rejects_login(
    http: Client, parts: Container, ada: Person, stored: str
) -> None:
    parts.auth.accounts.set_password(parts.auth.accounts.get(ada.id), stored)
    problem_of(log_in(http), 401, "wrong-credentials")
