"""The audit log: every change leaves an event without personal data."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
from chalice.test import Client
from pymongo.database import Database

from chalicelib.auth.accounts.audit_log import AuditLog
from chalicelib.auth.accounts.repository import AccountRepository
from chalicelib.auth.credentials.derived_keys import new_secret
from chalicelib.auth.credentials.email_links import EmailLinkRepository, LinkPurpose
from chalicelib.auth.models import Role
from chalicelib.auth.sessions.refresh_tokens import SessionRepository
from chalicelib.bootstrap.container import Container
from chalicelib.common.ids import is_id
from tests.integration.auth.api_requests import body_of, log_in, send
from tests.integration.auth.people import (
    EMAIL,
    NAME,
    OTHER_PASSWORD,
    PASSWORD,
    Person,
    create_person,
)
from tests.integration.auth.stored_data import audit_event_names, newest_link_token

NEW = "ada@newton.example"


def test_every_change_leaves_an_event_without_personal_data(
    http: Client, parts: Container, log: io.StringIO
) -> None:
    admin = create_person(parts, "admin@example.com", Role.ADMIN)

    def assert_event(event: str, method: str, path: str, body: object, status: int) -> None:
        before = len(audit_event_names(parts))
        body_of(send(http, method, path, body, token), status)
        assert audit_event_names(parts)[before:] == [event]

    token: str | None = None
    body = {"email": EMAIL, "name": NAME, "password": PASSWORD}
    body_of(send(http, "POST", "/v1/accounts", body), 202)
    link = newest_link_token(parts, LinkPurpose.REGISTER)
    confirmation = {"token": link, "password": PASSWORD}
    assert_event("registered", "POST", "/v1/accounts/confirmation", confirmation, 201)
    credentials = {"email": EMAIL, "password": PASSWORD}
    assert_event("logged_in", "POST", "/v1/sessions", credentials, 200)
    opened = body_of(log_in(http, deliver="body"))
    token = opened["access_token"]
    body = {"current_password": PASSWORD, "password": OTHER_PASSWORD}
    assert_event("password_changed", "POST", "/v1/account/password", body, 204)
    again = {"password": OTHER_PASSWORD}
    totp = pyotp.TOTP(
        body_of(send(http, "POST", "/v1/account/second-factor", again, token))["secret"]
    )
    path = "/v1/account/second-factor/confirmation"
    before = len(audit_event_names(parts))
    codes = body_of(send(http, "POST", path, {"code": totp.now()}, token))["recovery_codes"]
    assert audit_event_names(parts)[before:] == ["second_factor_on"]
    body = {"password": OTHER_PASSWORD, "code": codes[0]}
    assert_event("second_factor_off", "POST", "/v1/account/second-factor/removal", body, 204)
    change = {"email": NEW, **again}
    assert_event("email_change_asked", "POST", "/v1/account/email", change, 202)
    link = newest_link_token(parts, LinkPurpose.CHANGE_EMAIL, NEW)
    assert_event("email_changed", "POST", "/v1/account/email/confirmation", {"token": link}, 204)
    body_of(send(http, "POST", "/v1/passwords/forgotten", {"email": NEW}), 202)
    link = newest_link_token(parts, LinkPurpose.RESET_PASSWORD, NEW)
    body = {"token": link, "password": PASSWORD}
    assert_event("password_changed", "POST", "/v1/passwords/reset", body, 204)
    opened = body_of(log_in(http, NEW, deliver="body"))
    token = opened["access_token"]
    body = {"refresh_token": opened["refresh_token"]}
    assert_event("logged_out", "POST", "/v1/sessions/end", body, 204)
    session = body_of(log_in(http, NEW, deliver="body"))["refresh_token"].partition(".")[0]
    token = body_of(log_in(http, NEW, deliver="body"))["access_token"]
    assert_event("session_revoked", "DELETE", f"/v1/account/sessions/{session}", None, 204)
    assert_event("logged_out_everywhere", "DELETE", "/v1/account/sessions", None, 204)
    account = parts.auth.access_tokens.verify(token).account_id
    role = {"role": "candidate"}
    before = len(audit_event_names(parts))
    body_of(send(http, "PUT", f"/v1/accounts/{account}/role", role, admin.token))
    assert audit_event_names(parts)[before:] == ["role_granted"]
    token = body_of(log_in(http, NEW, deliver="body"))["access_token"]
    assert_event("account_deleted", "POST", "/v1/account/deletion", {"password": PASSWORD}, 204)

    found = list(parts.database["account_events"].find())
    for event in found:
        assert event["account_id"] == account
        assert timedelta(0) <= datetime.now(UTC) - event["at"] < timedelta(minutes=1)
        others = set(event) - {"_id", "at", "event", "account_id"}
        assert others <= {"session_id", "role", "by", "how"}
        assert all(is_id(event[key]) for key in others - {"role", "how"})
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    logged = [line for line in lines if line["message"] == "audit"]
    assert [line["event"] for line in logged] == audit_event_names(parts)
    assert {line["account_id"] for line in logged} == {account}
    assert all(line["correlation_id"] for line in logged)


@pytest.fixture
def fresh(parts: Container) -> Iterator[Database[dict[str, Any]]]:
    """A database without indexes."""
    database = parts.database.client["fresh"]
    yield database
    database.client.drop_database(database)


def test_indexes_expire_events_sessions_and_links(
    parts: Container, fresh: Database[dict[str, Any]]
) -> None:
    """MongoDB deletes events after a year, sessions and links at their end."""
    accounts, sessions = (
        AccountRepository(fresh),
        SessionRepository(fresh, new_secret(), parts.auth.audit_log),
    )
    for part in (
        accounts,
        sessions,
        EmailLinkRepository(fresh, new_secret()),
        AuditLog(fresh, parts.logger),
    ):
        part.create_indexes()

    def indexes(collection: str) -> set[str]:
        return set(fresh[collection].index_information()) - {"_id_"}

    def index(collection: str, name: str) -> dict[str, object]:
        found: dict[str, object] = dict(fresh[collection].index_information()[name])
        return found

    assert indexes("account_events") == {"at_1", "account_id_1__id_-1"}
    assert index("account_events", "at_1")["expireAfterSeconds"] == 365 * 86400
    assert indexes("sessions") == {"expires_at_1", "account_id_1"}
    assert indexes("mail_links") == {"expires_at_1", "email_1", "about.account_id_1"}
    for collection in ("sessions", "mail_links"):
        assert index(collection, "expires_at_1")["expireAfterSeconds"] == 0
    assert index("mail_links", "about.account_id_1")["sparse"] is True
    assert index("accounts", "email_1")["unique"] is True


def test_unsent_notice_is_logged(
    http: Client, parts: Container, ada: Person, log: io.StringIO
) -> None:
    class BrokenOutbox:
        def enqueue(self, *_: object) -> None:
            raise ConnectionError("no queue at canary.example")

    parts.notifications.override(outbox=BrokenOutbox())
    body = {"current_password": PASSWORD, "password": OTHER_PASSWORD}
    body_of(send(http, "POST", "/v1/account/password", body, ada.token), 204)
    [line] = [line for line in map(json.loads, log.getvalue().splitlines()) if "error" in line]
    assert line["level"] == "ERROR"
    assert line["event"] == "password_changed"
    assert line["account_id"] == ada.id
    assert line["error"] == "ConnectionError"
    assert "canary" not in log.getvalue()
    assert audit_event_names(parts) == ["password_changed"]


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.com"])
def test_failed_login_is_recorded_without_address(
    http: Client, parts: Container, log: io.StringIO, email: str
) -> None:
    ada = create_person(parts)
    log_in(http, email, "a wrong password")
    [event] = parts.database["account_events"].find()
    assert set(event) == {"_id", "at", "event", "account_id"}
    assert event["event"] == "log_in_failed"
    assert event["account_id"] == (ada.id if email == EMAIL else "nobody")
    assert "@" not in log.getvalue()
