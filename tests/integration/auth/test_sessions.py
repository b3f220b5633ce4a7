"""Sessions: login, refresh, logout and reuse of tokens."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from aws_lambda_powertools import Logger
from chalice.test import Client, HTTPResponse
from pymongo.collection import Collection

from chalicelib.auth.accounts.audit_log import AuditLog
from chalicelib.auth.errors import SessionExpired
from chalicelib.auth.models import Role
from chalicelib.auth.sessions.refresh_tokens import SessionRepository
from chalicelib.bootstrap.clients import connect_mongodb
from chalicelib.bootstrap.container import Container
from tests.integration.auth.api_requests import (
    body_of,
    cookie_value,
    forge_signature,
    log_in,
    problem_of,
    send,
    set_cookies,
)
from tests.integration.auth.manual_clock import ManualClock
from tests.integration.auth.people import EMAIL, PASSWORD, Person, create_person, unknown_id
from tests.integration.auth.stored_data import audit_event_names, audit_events
from tests.support.stores import Stores

NO_COOKIE = "__Host-hirelane-refresh=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Strict"


def refresh(http: Client, token: str | None = None, **headers: str) -> HTTPResponse:
    body = None if token is None else {"refresh_token": token}
    return send(http, "POST", "/v1/sessions/refresh", body, **headers)


def log_out(http: Client, token: str | None = None, **headers: str) -> HTTPResponse:
    body = None if token is None else {"refresh_token": token}
    return send(http, "POST", "/v1/sessions/end", body, **headers)


def refresh_token_of(http: Client, token: str) -> str:
    body = body_of(refresh(http, token))
    assert set(body) == {"access_token", "token_type", "expires_in", "refresh_token"}
    newest: str = body["refresh_token"]
    return newest


def in_cookie(token: str) -> dict[str, str]:
    return {"Cookie": f"theme=dark; __Host-hirelane-refresh={token}; lang=en"}


def is_expired(http: Client, token: str) -> bool:
    answer = refresh(http, token)
    if answer.status_code == 200:
        return False
    problem_of(answer, 401, "session-expired")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="hirelane"'
    return True


def test_login_returns_tokens_in_http_only_cookies(
    http: Client, parts: Container, ada: Person
) -> None:
    answer = log_in(http)
    body = body_of(answer)
    assert set(body) == {"access_token", "token_type", "expires_in"}
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 600)
    assert answer.headers["Cache-Control"] == "no-store"
    cookies = set_cookies(answer)
    assert set(cookies) == {"__Host-hirelane-refresh", "__Host-hirelane-device"}
    value = r"[\w.-]{80,200}"
    rest = r"; Path=/; Secure; HttpOnly; SameSite=Strict"
    assert re.fullmatch(
        rf"__Host-hirelane-refresh={value}; Max-Age=2592000{rest}",
        cookies["__Host-hirelane-refresh"],
    )
    assert re.fullmatch(
        rf"__Host-hirelane-device={value}; Max-Age=31536000{rest}",
        cookies["__Host-hirelane-device"],
    )
    caller = parts.auth.access_tokens.verify(body["access_token"])
    assert caller.account_id == ada.id
    assert cookie_value(answer, "refresh").startswith(f"{caller.session_id}.1.")
    assert body_of(send(http, "GET", "/v1/account", token=body["access_token"]))["id"] == ada.id


def test_login_returns_tokens_in_the_body_on_request(
    http: Client, parts: Container, ada: Person
) -> None:
    answer = log_in(http, deliver="body")
    body = body_of(answer)
    assert set(body) == {
        "access_token", "token_type", "expires_in", "refresh_token", "device_token",
    }  # fmt: skip
    assert "Set-Cookie" not in answer.headers
    assert body["device_token"].startswith(f"{ada.id}.")
    problem_of(log_in(http, deliver="pigeon"), 422, "invalid-fields")


def test_wrong_password_and_unknown_address_look_the_same(
    http: Client, parts: Container, ada: Person
) -> None:
    wrong = log_in(http, password="not hers at all")
    unknown = log_in(http, email="nobody@example.com")
    problem = problem_of(wrong, 401, "wrong-credentials")
    assert problem == {
        "type": "urn:hirelane:problem:wrong-credentials",
        "title": "E-mail or password is wrong",
        "status": 401,
    }
    assert (wrong.body, wrong.headers) == (unknown.body, unknown.headers)
    assert "Set-Cookie" not in wrong.headers
    assert audit_events(parts) == [
        {"event": "log_in_failed", "account_id": ada.id},
        {"event": "log_in_failed", "account_id": "nobody"},
    ]
    assert parts.database["sessions"].count_documents({}) == 1


def test_password_of_the_dummy_hash_logs_nobody_in(http: Client, parts: Container) -> None:
    answer = log_in(http, "nobody@example.com", "the password of nobody")
    problem_of(answer, 401, "wrong-credentials")


def test_login_ignores_case_and_spaces_of_the_address(
    http: Client, parts: Container, ada: Person
) -> None:
    body_of(log_in(http, "  ADA@Example.Com "))


def test_stored_session_holds_no_token(http: Client, parts: Container, clock: ManualClock) -> None:
    someone = create_person(parts)
    body_of(log_in(http))
    [stored] = parts.database["sessions"].find({"_id": {"$ne": someone.session_id}})
    opened = clock.now()
    assert re.fullmatch("[0-9a-f]{32}", stored.pop("salt"))
    clock.forward(days=30)
    assert stored == {
        "_id": stored["_id"],
        "account_id": someone.id,
        "generation": 1,
        "device": "Firefox on Linux",
        "place": "this computer",
        "created_at": opened,
        "rotated_at": opened,
        "last_used_at": opened,
        "expires_at": clock.now(),
    }
    assert audit_events(parts) == [
        {"event": "logged_in", "account_id": someone.id, "session_id": stored["_id"]}
    ]


def test_refresh_returns_a_new_token_every_ten_seconds(
    http: Client, parts: Container, clock: ManualClock
) -> None:
    first = create_person(parts).refresh_token
    assert refresh_token_of(http, first) == first
    clock.forward(seconds=9.999)
    assert refresh_token_of(http, first) == first
    clock.forward(seconds=0.001)
    second = refresh_token_of(http, first)
    assert second != first
    [session] = parts.database["sessions"].find()
    assert session["generation"] == 2
    assert session["rotated_at"] == session["last_used_at"] == clock.now()
    # A client that missed the answer sends the old token again.
    clock.forward(seconds=9.999)
    assert refresh_token_of(http, first) == second
    assert refresh_token_of(http, second) == second
    clock.forward(seconds=0.001)
    third = refresh_token_of(http, second)
    assert third not in (first, second)
    assert parts.database["sessions"].count_documents({}) == 1
    assert audit_event_names(parts) == []


@pytest.mark.parametrize("seconds", [10, 11, 86400])
def test_reused_token_after_the_grace_period_ends_session(
    http: Client, parts: Container, clock: ManualClock, seconds: float
) -> None:
    someone, other = create_person(parts), create_person(parts, "bob@example.com")
    clock.forward(seconds=10)
    newest = refresh_token_of(http, someone.refresh_token)
    clock.forward(seconds=seconds)
    assert is_expired(http, someone.refresh_token)
    assert is_expired(http, newest)
    assert is_expired(http, someone.refresh_token)
    assert audit_events(parts) == [
        {
            "event": "refresh_token_reused",
            "account_id": someone.id,
            "session_id": someone.session_id,
        }
    ]
    assert not is_expired(http, other.refresh_token)


def test_older_token_in_the_grace_period_ends_session(
    http: Client, parts: Container, clock: ManualClock
) -> None:
    first = create_person(parts).refresh_token
    clock.forward(seconds=10)
    second = refresh_token_of(http, first)
    clock.forward(seconds=10)
    third = refresh_token_of(http, second)
    assert refresh_token_of(http, second) == third
    assert is_expired(http, first)
    assert is_expired(http, third)
    assert audit_event_names(parts) == ["refresh_token_reused"]


def bad_tokens(good: str) -> Iterator[str]:
    session, generation, signature = good.split(".")
    yield forge_signature(good)
    yield "."
    yield "x" * 512
    yield session
    yield f"{session}.{generation}"
    yield f"{session}.{generation}."
    yield f"{session}.2.{signature}"
    yield f"{session}.0.{signature}"
    yield f"{session}.-1.{signature}"
    yield f"{session}.01.{signature}"
    yield f"{session}. 1.{signature}"
    yield f"{session}.１.{signature}"  # noqa: RUF001 - a digit to Python
    yield f"{session}.².{signature}"
    yield f"{session}.{generation}.{signature}.{signature}"
    yield f"{session}.{generation}.{signature} "
    yield f"{session.upper()}.{generation}.{signature}"
    yield f"{unknown_id()}.{generation}.{signature}"
    yield f"$ne.{generation}.{signature}"
    yield f"{session}.1.{signature[:-1]}é"


def test_forged_token_is_rejected_and_ends_nothing(
    http: Client, parts: Container, clock: ManualClock
) -> None:
    good = create_person(parts).refresh_token
    clock.forward(seconds=10)
    for token in bad_tokens(good):
        assert is_expired(http, token), token
        body_of(log_out(http, token), 204)
    assert parts.database["sessions"].count_documents({"generation": 1}) == 1
    assert audit_event_names(parts) == []
    assert not is_expired(http, good)


def test_token_with_a_huge_generation_is_rejected(
    http: Client, parts: Container, ada: Person
) -> None:
    """Python raises ValueError for numbers of more than 4,300 digits."""
    token = f"{ada.session_id}.{'1' * 5000}.x"
    problem_of(refresh(http, **in_cookie(token)), 401, "session-expired")


def test_token_of_another_secret_is_rejected(parts: Container, ada: Person) -> None:
    others = SessionRepository(parts.database, "another secret", parts.auth.audit_log)
    with pytest.raises(SessionExpired):
        others.refresh(ada.refresh_token)


def test_session_expires_after_thirty_days(
    http: Client, parts: Container, clock: ManualClock
) -> None:
    someone = create_person(parts)
    token = someone.refresh_token
    for _ in range(29):
        clock.forward(days=1)
        token = refresh_token_of(http, token)
    clock.forward(days=1, seconds=-0.001)
    token = refresh_token_of(http, token)
    assert len(parts.auth.sessions.list_for(someone.id)) == 1
    clock.forward(seconds=0.001)
    assert parts.auth.sessions.list_for(someone.id) == []
    assert is_expired(http, token)
    assert audit_event_names(parts) == []


class Quiet(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        """Write nothing."""


def test_simultaneous_refreshes_return_the_same_token(
    stores: Stores, parts: Container, clock: ManualClock
) -> None:
    someone = create_person(parts)
    clock.forward(seconds=10)
    secret = parts.api_secrets.purpose_secret
    together = Barrier(20)
    logger = Logger(service="quiet", logger_handler=Quiet())

    def of_another_process(_: int) -> tuple[str, str]:
        with connect_mongodb(stores.mongodb_uri, seconds=20) as client:
            database = client.get_default_database()
            sessions = SessionRepository(database, secret, AuditLog(database, logger), clock.now)
            database.command("ping")
            together.wait()
            opened = sessions.refresh(someone.refresh_token)
            return opened.session.id, opened.refresh_token

    with ThreadPoolExecutor(20) as pool:
        found = set(pool.map(of_another_process, range(20)))
    [(session_id, token)] = found
    assert session_id == someone.session_id
    assert token != someone.refresh_token
    [stored] = parts.database["sessions"].find()
    assert stored["generation"] == 2
    assert audit_event_names(parts) == []
    clock.forward(seconds=10)
    assert parts.auth.sessions.refresh(token).refresh_token not in (token, someone.refresh_token)


@pytest.fixture
def change_after_read(
    parts: Container, monkeypatch: pytest.MonkeyPatch
) -> Callable[[dict[str, Any] | None], None]:
    """Change or delete the session between the read and the write of every refresh."""

    def arrange(change: dict[str, Any] | None) -> None:
        find_one = Collection.find_one

        def find_one_then_change(collection: Any, *query: Any) -> Any:
            found = find_one(collection, *query)
            if collection.name == "sessions" and change is None:
                collection.delete_many({})
            elif collection.name == "sessions":
                collection.update_one({}, {"$set": change})
            return found

        monkeypatch.setattr(Collection, "find_one", find_one_then_change)

    return arrange


def test_session_ended_during_a_refresh_is_expired(
    http: Client,
    parts: Container,
    clock: ManualClock,
    change_after_read: Callable[[dict[str, Any] | None], None],
) -> None:
    someone = create_person(parts)
    clock.forward(seconds=10)
    change_after_read(None)
    assert is_expired(http, someone.refresh_token)
    assert parts.database["sessions"].count_documents({}) == 0


def test_late_refresh_does_not_restore_an_older_token(
    http: Client,
    parts: Container,
    clock: ManualClock,
    change_after_read: Callable[[dict[str, Any] | None], None],
) -> None:
    """Between its read and its write, other requests exchange the token twice."""
    someone = create_person(parts)
    clock.forward(seconds=10)
    change_after_read({"generation": 3, "rotated_at": clock.now()})
    assert is_expired(http, someone.refresh_token)
    assert audit_event_names(parts) == ["refresh_token_reused"]


def test_token_depends_on_the_salt_of_the_session(
    http: Client, parts: Container, ada: Person
) -> None:
    parts.database["sessions"].update_one({}, {"$set": {"salt": "0" * 32}})
    assert is_expired(http, ada.refresh_token)


@pytest.mark.parametrize("seconds", [0.123456, 0.005, 0.999999])
def test_opened_session_has_the_stored_times(
    parts: Container, clock: ManualClock, seconds: float
) -> None:
    clock.forward(seconds=seconds)
    someone = create_person(parts)
    assert parts.auth.sessions.list_for(someone.id) == [someone.opened.session]
    clock.forward(seconds=10)
    parts.auth.sessions.refresh(someone.refresh_token)
    [session] = parts.auth.sessions.list_for(someone.id)
    assert (session.last_used_at - session.created_at).total_seconds() == 10


def test_token_from_a_cookie_returns_in_a_cookie(
    http: Client, parts: Container, clock: ManualClock
) -> None:
    someone = create_person(parts)
    clock.forward(seconds=10)
    answer = refresh(http, **in_cookie(someone.refresh_token))
    assert set(body_of(answer)) == {"access_token", "token_type", "expires_in"}
    assert set(set_cookies(answer)) == {"__Host-hirelane-refresh"}
    header = set_cookies(answer)["__Host-hirelane-refresh"]
    assert header.endswith("; Max-Age=2592000; Path=/; Secure; HttpOnly; SameSite=Strict")
    assert cookie_value(answer, "refresh").startswith(f"{someone.session_id}.2.")
    caller = parts.auth.access_tokens.verify(body_of(answer)["access_token"])
    assert (caller.account_id, caller.session_id) == (someone.id, someone.session_id)


def test_token_in_the_body_precedes_the_cookie(http: Client, parts: Container, ada: Person) -> None:
    bob = create_person(parts, "bob@example.com")
    answer = refresh(http, bob.refresh_token, **in_cookie(ada.refresh_token))
    assert body_of(answer)["refresh_token"] == bob.refresh_token
    assert "Set-Cookie" not in answer.headers
    answer = send(
        http, "POST", "/v1/sessions/refresh", {"refresh_token": None},
        **in_cookie(ada.refresh_token),
    )  # fmt: skip
    assert cookie_value(answer, "refresh") == ada.refresh_token
    body_of(log_out(http, bob.refresh_token, **in_cookie(ada.refresh_token)), 204)
    assert is_expired(http, bob.refresh_token)
    assert not is_expired(http, ada.refresh_token)


@pytest.mark.parametrize(
    "cookie",
    ["", "__Host-hirelane-refresh=", "__Host-hirelane-refresh", "hirelane-refresh=x", "=;;\x01"],
)
def test_missing_token_is_rejected(
    http: Client, parts: Container, ada: Person, cookie: str
) -> None:
    problem_of(refresh(http, Cookie=cookie), 401, "session-expired")
    problem_of(refresh(http), 401, "session-expired")
    body_of(log_out(http, Cookie=cookie), 204)
    assert not is_expired(http, ada.refresh_token)


@pytest.mark.parametrize("theirs", ['prefs={"a":1}', "a b=1", "größe=1", "=1", 'say="hi'])
def test_malformed_foreign_cookie_does_not_hide_ours(
    http: Client, parts: Container, ada: Person, theirs: str
) -> None:
    """Another program on the same domain can set such a cookie."""
    cookie = f"{theirs}; __Host-hirelane-refresh={ada.refresh_token}"
    body_of(refresh(http, Cookie=cookie))
    body_of(log_out(http, Cookie=cookie), 204)
    assert is_expired(http, ada.refresh_token)


@pytest.mark.parametrize("where", ["cookie", "body"])
def test_logout_ends_the_session_and_can_be_repeated(
    http: Client, parts: Container, ada: Person, where: str
) -> None:
    other = body_of(log_in(http, deliver="body"))["refresh_token"]
    for _ in range(2):
        if where == "cookie":
            answer = log_out(http, **in_cookie(ada.refresh_token))
        else:
            answer = log_out(http, ada.refresh_token)
        assert (answer.status_code, answer.body) == (204, b"")
        assert set_cookies(answer) == {"__Host-hirelane-refresh": NO_COOKIE}
    assert is_expired(http, ada.refresh_token)
    assert not is_expired(http, other)
    assert audit_events(parts)[1:] == [
        {"event": "logged_out", "account_id": ada.id, "session_id": ada.session_id}
    ]


def test_older_token_can_log_out(http: Client, parts: Container, clock: ManualClock) -> None:
    first = create_person(parts).refresh_token
    clock.forward(seconds=10)
    second = refresh_token_of(http, first)
    clock.forward(seconds=60)
    body_of(log_out(http, first), 204)
    assert is_expired(http, second)
    assert audit_event_names(parts) == ["logged_out"]


def test_logout_everywhere_ends_all_sessions(
    http: Client, parts: Container, clock: ManualClock
) -> None:
    ada, bob = create_person(parts), create_person(parts, "bob@example.com")
    other = body_of(log_in(http, deliver="body"))["refresh_token"]
    answer = send(http, "DELETE", "/v1/account/sessions", token=ada.token)
    assert (answer.status_code, answer.body) == (204, b"")
    assert set_cookies(answer) == {"__Host-hirelane-refresh": NO_COOKIE}
    assert is_expired(http, ada.refresh_token)
    assert is_expired(http, other)
    assert not is_expired(http, bob.refresh_token)
    assert audit_events(parts)[-1] == {"event": "logged_out_everywhere", "account_id": ada.id}
    # The access token stays valid until the end of its ten minutes.
    clock.forward(seconds=599)
    assert body_of(send(http, "GET", "/v1/account/sessions", token=ada.token)) == {"sessions": []}
    clock.forward(seconds=1)
    problem_of(send(http, "GET", "/v1/account", token=ada.token), 401, "unauthenticated")


def test_sessions_are_listed_by_last_use(
    http: Client, parts: Container, clock: ManualClock
) -> None:
    ada = create_person(parts)
    create_person(parts, "bob@example.com")
    clock.forward(minutes=5)
    here = body_of(log_in(http, deliver="body"))
    listed = body_of(send(http, "GET", "/v1/account/sessions", token=here["access_token"]))
    assert listed == {
        "sessions": [
            {
                "id": here["refresh_token"].partition(".")[0],
                "device": "Firefox on Linux",
                "place": "this computer",
                "created_at": "2031-05-04T12:05:00Z",
                "last_used_at": "2031-05-04T12:05:00Z",
                "expires_at": "2031-06-03T12:05:00Z",
                "current": True,
            },
            {
                "id": ada.session_id,
                "device": "Firefox on Linux",
                "place": "198.51.100.7",
                "created_at": "2031-05-04T12:00:00Z",
                "last_used_at": "2031-05-04T12:00:00Z",
                "expires_at": "2031-06-03T12:00:00Z",
                "current": False,
            },
        ]
    }
    clock.forward(minutes=1)
    refresh_token_of(http, ada.refresh_token)
    listed = body_of(send(http, "GET", "/v1/account/sessions", token=ada.token))["sessions"]
    assert [(session["id"], session["current"]) for session in listed] == [
        (ada.session_id, True),
        (here["refresh_token"].partition(".")[0], False),
    ]
    assert listed[0]["last_used_at"] == "2031-05-04T12:06:00Z"
    assert listed[0]["created_at"] == "2031-05-04T12:00:00Z"


def test_owner_ends_one_session(http: Client, parts: Container, ada: Person) -> None:
    other = body_of(log_in(http, deliver="body"))["refresh_token"]
    other_id = other.partition(".")[0]
    answer = send(http, "DELETE", f"/v1/account/sessions/{other_id}", token=ada.token)
    assert (answer.status_code, answer.body) == (204, b"")
    assert is_expired(http, other)
    assert not is_expired(http, ada.refresh_token)
    assert audit_events(parts)[-1] == {
        "event": "session_revoked", "account_id": ada.id, "session_id": other_id,
    }  # fmt: skip
    again = send(http, "DELETE", f"/v1/account/sessions/{other_id}", token=ada.token)
    problem_of(again, 404, "session-not-found")


def test_session_of_another_account_is_not_found(
    http: Client, parts: Container, ada: Person
) -> None:
    bob = create_person(parts, "bob@example.com")
    for session_id in (bob.session_id, unknown_id(), "$ne", "[$ne]", "%24ne", "null"):
        answer = send(http, "DELETE", f"/v1/account/sessions/{session_id}", token=ada.token)
        problem_of(answer, 404, "session-not-found")
    assert parts.database["sessions"].count_documents({}) == 2
    assert audit_event_names(parts) == []


def test_session_of_a_deleted_account_is_expired(
    http: Client, parts: Container, ada: Person
) -> None:
    parts.auth.accounts.delete(ada.id)
    assert is_expired(http, ada.refresh_token)


def test_refreshed_token_has_the_current_role(http: Client, parts: Container, ada: Person) -> None:
    parts.auth.accounts.set_role(ada.id, Role.ADMIN)
    caller = parts.auth.access_tokens.verify(
        body_of(refresh(http, ada.refresh_token))["access_token"]
    )
    assert caller.role is Role.ADMIN


@pytest.mark.parametrize("path", ["/v1/sessions/refresh", "/v1/sessions/end"])
@pytest.mark.parametrize("body", [{"token": "x"}, {"refresh_token": "x" * 513}])
def test_unknown_or_long_field_is_rejected(http: Client, path: str, body: Any) -> None:
    problem_of(send(http, "POST", path, body), 422, "invalid-fields")


def test_default_clock_is_the_system_time(http: Client, parts: Container) -> None:
    token = create_person(parts).refresh_token
    assert refresh_token_of(http, token) == token
    answer = send(
        http, "GET", "/v1/account", token=body_of(log_in(http, EMAIL, PASSWORD))["access_token"]
    )
    assert json.loads(answer.body)["email"] == EMAIL


@pytest.mark.parametrize("route", ["/v1/sessions/refresh", "/v1/sessions/end"])
def test_empty_token_does_not_fall_back_to_the_cookie(
    http: Client, parts: Container, route: str
) -> None:
    """Otherwise a script could read the token of the cookie in the answer."""
    good = create_person(parts).refresh_token
    cookie = f"__Host-hirelane-refresh={good}"
    answer = send(http, "POST", route, {"refresh_token": ""}, Cookie=cookie)
    assert problem_of(answer, 422, "invalid-fields")["errors"][0]["field"] == "refresh_token"
    assert good not in answer.body.decode()
    answer = send(http, "POST", "/v1/sessions/refresh", {}, Cookie=cookie)
    assert "refresh_token" not in body_of(answer)


def test_ended_session_cannot_change_the_account(http: Client, parts: Container) -> None:
    ada = create_person(parts)
    parts.auth.sessions.end(ada.id, ada.session_id)
    body = {"password": PASSWORD, "email": "thief@example.com"}
    answer = send(http, "POST", "/v1/account/email", body, ada.token)
    problem_of(answer, 401, "session-expired")
    assert parts.database["mail_links"].count_documents({}) == 0
