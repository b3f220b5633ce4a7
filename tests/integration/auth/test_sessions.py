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
from chalicelib.auth.sessions.refresh_tokens import SessionRepository
from chalicelib.bootstrap.clients import connect_mongodb
from chalicelib.bootstrap.container import Container
from tests.integration.auth.steps import (
    EMAIL,
    PASSWORD,
    Clock,
    Person,
    ask,
    cookie_value,
    events,
    forged,
    log_in,
    names_of_events,
    person,
    refused,
    said,
    set_cookies,
    unknown_id,
)
from tests.support.stores import Stores

NO_COOKIE = "__Host-hirelane-refresh=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Strict"


def refresh(http: Client, token: str | None = None, **headers: str) -> HTTPResponse:
    body = None if token is None else {"refresh_token": token}
    return ask(http, "POST", "/v1/sessions/refresh", body, **headers)


def end(http: Client, token: str | None = None, **headers: str) -> HTTPResponse:
    body = None if token is None else {"refresh_token": token}
    return ask(http, "POST", "/v1/sessions/end", body, **headers)


def refreshed(http: Client, token: str) -> str:
    body = said(refresh(http, token))
    assert set(body) == {"access_token", "token_type", "expires_in", "refresh_token"}
    newest: str = body["refresh_token"]
    return newest


def in_cookie(token: str) -> dict[str, str]:
    return {"Cookie": f"theme=dark; __Host-hirelane-refresh={token}; lang=en"}


def is_over(http: Client, token: str) -> bool:
    answer = refresh(http, token)
    if answer.status_code == 200:
        return False
    refused(answer, 401, "session-expired")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="hirelane"'
    return True


def test_login_returns_tokens_in_http_only_cookies(
    http: Client, parts: Container, ada: Person
) -> None:
    answer = log_in(http)
    body = said(answer)
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
    assert said(ask(http, "GET", "/v1/account", token=body["access_token"]))["id"] == ada.id


def test_login_returns_tokens_in_the_body_on_request(
    http: Client, parts: Container, ada: Person
) -> None:
    answer = log_in(http, deliver="body")
    body = said(answer)
    assert set(body) == {
        "access_token", "token_type", "expires_in", "refresh_token", "device_token",
    }  # fmt: skip
    assert "Set-Cookie" not in answer.headers
    assert body["device_token"].startswith(f"{ada.id}.")
    refused(log_in(http, deliver="pigeon"), 422, "invalid-fields")


def test_wrong_password_and_unknown_address_look_the_same(
    http: Client, parts: Container, ada: Person
) -> None:
    wrong = log_in(http, password="not hers at all")
    unknown = log_in(http, email="nobody@example.com")
    problem = refused(wrong, 401, "wrong-credentials")
    assert problem == {
        "type": "urn:hirelane:problem:wrong-credentials",
        "title": "E-mail or password is wrong",
        "status": 401,
    }
    assert (wrong.body, wrong.headers) == (unknown.body, unknown.headers)
    assert "Set-Cookie" not in wrong.headers
    assert events(parts) == [
        {"event": "log_in_failed", "account_id": ada.id},
        {"event": "log_in_failed", "account_id": "nobody"},
    ]
    assert parts.database["sessions"].count_documents({}) == 1


def test_password_of_the_dummy_hash_logs_nobody_in(http: Client, parts: Container) -> None:
    answer = log_in(http, "nobody@example.com", "the password of nobody")
    refused(answer, 401, "wrong-credentials")


def test_login_ignores_case_and_spaces_of_the_address(
    http: Client, parts: Container, ada: Person
) -> None:
    said(log_in(http, "  ADA@Example.Com "))


def test_stored_session_holds_no_token(http: Client, parts: Container, clock: Clock) -> None:
    someone = person(parts)
    said(log_in(http))
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
    assert events(parts) == [
        {"event": "logged_in", "account_id": someone.id, "session_id": stored["_id"]}
    ]


def test_refresh_returns_a_new_token_every_ten_seconds(
    http: Client, parts: Container, clock: Clock
) -> None:
    first = person(parts).refresh_token
    assert refreshed(http, first) == first
    clock.forward(seconds=9.999)
    assert refreshed(http, first) == first
    clock.forward(seconds=0.001)
    second = refreshed(http, first)
    assert second != first
    [session] = parts.database["sessions"].find()
    assert session["generation"] == 2
    assert session["rotated_at"] == session["last_used_at"] == clock.now()
    # A client that missed the answer sends the old token again.
    clock.forward(seconds=9.999)
    assert refreshed(http, first) == second
    assert refreshed(http, second) == second
    clock.forward(seconds=0.001)
    third = refreshed(http, second)
    assert third not in (first, second)
    assert parts.database["sessions"].count_documents({}) == 1
    assert names_of_events(parts) == []


@pytest.mark.parametrize("seconds", [10, 11, 86400])
def test_reused_token_after_the_grace_period_ends_session(
    http: Client, parts: Container, clock: Clock, seconds: float
) -> None:
    someone, other = person(parts), person(parts, "bob@example.com")
    clock.forward(seconds=10)
    newest = refreshed(http, someone.refresh_token)
    clock.forward(seconds=seconds)
    assert is_over(http, someone.refresh_token)
    assert is_over(http, newest)
    assert is_over(http, someone.refresh_token)
    assert events(parts) == [
        {
            "event": "refresh_token_reused",
            "account_id": someone.id,
            "session_id": someone.session_id,
        }
    ]
    assert not is_over(http, other.refresh_token)


def test_older_token_in_the_grace_period_ends_session(
    http: Client, parts: Container, clock: Clock
) -> None:
    first = person(parts).refresh_token
    clock.forward(seconds=10)
    second = refreshed(http, first)
    clock.forward(seconds=10)
    third = refreshed(http, second)
    assert refreshed(http, second) == third
    assert is_over(http, first)
    assert is_over(http, third)
    assert names_of_events(parts) == ["refresh_token_reused"]


def bad_tokens(good: str) -> Iterator[str]:
    session, generation, signature = good.split(".")
    yield forged(good)
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
    http: Client, parts: Container, clock: Clock
) -> None:
    good = person(parts).refresh_token
    clock.forward(seconds=10)
    for token in bad_tokens(good):
        assert is_over(http, token), token
        said(end(http, token), 204)
    assert parts.database["sessions"].count_documents({"generation": 1}) == 1
    assert names_of_events(parts) == []
    assert not is_over(http, good)


def test_token_with_a_huge_generation_is_rejected(
    http: Client, parts: Container, ada: Person
) -> None:
    """Python raises ValueError for numbers of more than 4,300 digits."""
    token = f"{ada.session_id}.{'1' * 5000}.x"
    refused(refresh(http, **in_cookie(token)), 401, "session-expired")


def test_token_of_another_secret_is_rejected(parts: Container, ada: Person) -> None:
    others = SessionRepository(parts.database, "another secret", parts.auth.audit_log)
    with pytest.raises(SessionExpired):
        others.refresh(ada.refresh_token)


def test_session_expires_after_thirty_days(http: Client, parts: Container, clock: Clock) -> None:
    someone = person(parts)
    token = someone.refresh_token
    for _ in range(29):
        clock.forward(days=1)
        token = refreshed(http, token)
    clock.forward(days=1, seconds=-0.001)
    token = refreshed(http, token)
    assert len(parts.auth.sessions.list_for(someone.id)) == 1
    clock.forward(seconds=0.001)
    assert parts.auth.sessions.list_for(someone.id) == []
    assert is_over(http, token)
    assert names_of_events(parts) == []


class Quiet(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        """Write nothing."""


def test_simultaneous_refreshes_return_the_same_token(
    stores: Stores, parts: Container, clock: Clock
) -> None:
    someone = person(parts)
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
    assert names_of_events(parts) == []
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
    clock: Clock,
    change_after_read: Callable[[dict[str, Any] | None], None],
) -> None:
    someone = person(parts)
    clock.forward(seconds=10)
    change_after_read(None)
    assert is_over(http, someone.refresh_token)
    assert parts.database["sessions"].count_documents({}) == 0


def test_late_refresh_does_not_restore_an_older_token(
    http: Client,
    parts: Container,
    clock: Clock,
    change_after_read: Callable[[dict[str, Any] | None], None],
) -> None:
    """Between its read and its write, other requests exchange the token twice."""
    someone = person(parts)
    clock.forward(seconds=10)
    change_after_read({"generation": 3, "rotated_at": clock.now()})
    assert is_over(http, someone.refresh_token)
    assert names_of_events(parts) == ["refresh_token_reused"]


def test_token_depends_on_the_salt_of_the_session(
    http: Client, parts: Container, ada: Person
) -> None:
    parts.database["sessions"].update_one({}, {"$set": {"salt": "0" * 32}})
    assert is_over(http, ada.refresh_token)


@pytest.mark.parametrize("seconds", [0.123456, 0.005, 0.999999])
def test_opened_session_has_the_stored_times(
    parts: Container, clock: Clock, seconds: float
) -> None:
    clock.forward(seconds=seconds)
    someone = person(parts)
    assert parts.auth.sessions.list_for(someone.id) == [someone.opened.session]
    clock.forward(seconds=10)
    parts.auth.sessions.refresh(someone.refresh_token)
    [session] = parts.auth.sessions.list_for(someone.id)
    assert (session.last_used_at - session.created_at).total_seconds() == 10


def test_token_from_a_cookie_returns_in_a_cookie(
    http: Client, parts: Container, clock: Clock
) -> None:
    someone = person(parts)
    clock.forward(seconds=10)
    answer = refresh(http, **in_cookie(someone.refresh_token))
    assert set(said(answer)) == {"access_token", "token_type", "expires_in"}
    assert set(set_cookies(answer)) == {"__Host-hirelane-refresh"}
    header = set_cookies(answer)["__Host-hirelane-refresh"]
    assert header.endswith("; Max-Age=2592000; Path=/; Secure; HttpOnly; SameSite=Strict")
    assert cookie_value(answer, "refresh").startswith(f"{someone.session_id}.2.")
    caller = parts.auth.access_tokens.verify(said(answer)["access_token"])
    assert (caller.account_id, caller.session_id) == (someone.id, someone.session_id)


def test_token_in_the_body_precedes_the_cookie(http: Client, parts: Container, ada: Person) -> None:
    bob = person(parts, "bob@example.com")
    answer = refresh(http, bob.refresh_token, **in_cookie(ada.refresh_token))
    assert said(answer)["refresh_token"] == bob.refresh_token
    assert "Set-Cookie" not in answer.headers
    answer = ask(
        http, "POST", "/v1/sessions/refresh", {"refresh_token": None},
        **in_cookie(ada.refresh_token),
    )  # fmt: skip
    assert cookie_value(answer, "refresh") == ada.refresh_token
    said(end(http, bob.refresh_token, **in_cookie(ada.refresh_token)), 204)
    assert is_over(http, bob.refresh_token)
    assert not is_over(http, ada.refresh_token)


@pytest.mark.parametrize(
    "cookie",
    ["", "__Host-hirelane-refresh=", "__Host-hirelane-refresh", "hirelane-refresh=x", "=;;\x01"],
)
def test_missing_token_is_rejected(
    http: Client, parts: Container, ada: Person, cookie: str
) -> None:
    refused(refresh(http, Cookie=cookie), 401, "session-expired")
    refused(refresh(http), 401, "session-expired")
    said(end(http, Cookie=cookie), 204)
    assert not is_over(http, ada.refresh_token)


@pytest.mark.parametrize("theirs", ['prefs={"a":1}', "a b=1", "größe=1", "=1", 'say="hi'])
def test_malformed_foreign_cookie_does_not_hide_ours(
    http: Client, parts: Container, ada: Person, theirs: str
) -> None:
    """Another program on the same domain can set such a cookie."""
    cookie = f"{theirs}; __Host-hirelane-refresh={ada.refresh_token}"
    said(refresh(http, Cookie=cookie))
    said(end(http, Cookie=cookie), 204)
    assert is_over(http, ada.refresh_token)


@pytest.mark.parametrize("where", ["cookie", "body"])
def test_logout_ends_the_session_and_can_be_repeated(
    http: Client, parts: Container, ada: Person, where: str
) -> None:
    other = said(log_in(http, deliver="body"))["refresh_token"]
    for _ in range(2):
        if where == "cookie":
            answer = end(http, **in_cookie(ada.refresh_token))
        else:
            answer = end(http, ada.refresh_token)
        assert (answer.status_code, answer.body) == (204, b"")
        assert set_cookies(answer) == {"__Host-hirelane-refresh": NO_COOKIE}
    assert is_over(http, ada.refresh_token)
    assert not is_over(http, other)
    assert events(parts)[1:] == [
        {"event": "logged_out", "account_id": ada.id, "session_id": ada.session_id}
    ]


def test_older_token_can_log_out(http: Client, parts: Container, clock: Clock) -> None:
    first = person(parts).refresh_token
    clock.forward(seconds=10)
    second = refreshed(http, first)
    clock.forward(seconds=60)
    said(end(http, first), 204)
    assert is_over(http, second)
    assert names_of_events(parts) == ["logged_out"]


def test_logout_everywhere_ends_all_sessions(http: Client, parts: Container, clock: Clock) -> None:
    ada, bob = person(parts), person(parts, "bob@example.com")
    other = said(log_in(http, deliver="body"))["refresh_token"]
    answer = ask(http, "DELETE", "/v1/account/sessions", token=ada.token)
    assert (answer.status_code, answer.body) == (204, b"")
    assert set_cookies(answer) == {"__Host-hirelane-refresh": NO_COOKIE}
    assert is_over(http, ada.refresh_token)
    assert is_over(http, other)
    assert not is_over(http, bob.refresh_token)
    assert events(parts)[-1] == {"event": "logged_out_everywhere", "account_id": ada.id}
    # The access token stays valid until the end of its ten minutes.
    clock.forward(seconds=599)
    assert said(ask(http, "GET", "/v1/account/sessions", token=ada.token)) == {"sessions": []}
    clock.forward(seconds=1)
    refused(ask(http, "GET", "/v1/account", token=ada.token), 401, "unauthenticated")


def test_sessions_are_listed_by_last_use(http: Client, parts: Container, clock: Clock) -> None:
    ada = person(parts)
    person(parts, "bob@example.com")
    clock.forward(minutes=5)
    here = said(log_in(http, deliver="body"))
    listed = said(ask(http, "GET", "/v1/account/sessions", token=here["access_token"]))
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
    refreshed(http, ada.refresh_token)
    listed = said(ask(http, "GET", "/v1/account/sessions", token=ada.token))["sessions"]
    assert [(session["id"], session["current"]) for session in listed] == [
        (ada.session_id, True),
        (here["refresh_token"].partition(".")[0], False),
    ]
    assert listed[0]["last_used_at"] == "2031-05-04T12:06:00Z"
    assert listed[0]["created_at"] == "2031-05-04T12:00:00Z"


def test_owner_ends_one_session(http: Client, parts: Container, ada: Person) -> None:
    other = said(log_in(http, deliver="body"))["refresh_token"]
    other_id = other.partition(".")[0]
    answer = ask(http, "DELETE", f"/v1/account/sessions/{other_id}", token=ada.token)
    assert (answer.status_code, answer.body) == (204, b"")
    assert is_over(http, other)
    assert not is_over(http, ada.refresh_token)
    assert events(parts)[-1] == {
        "event": "session_revoked", "account_id": ada.id, "session_id": other_id,
    }  # fmt: skip
    again = ask(http, "DELETE", f"/v1/account/sessions/{other_id}", token=ada.token)
    refused(again, 404, "session-not-found")


def test_session_of_another_account_is_not_found(
    http: Client, parts: Container, ada: Person
) -> None:
    bob = person(parts, "bob@example.com")
    for session_id in (bob.session_id, unknown_id(), "$ne", "[$ne]", "%24ne", "null"):
        answer = ask(http, "DELETE", f"/v1/account/sessions/{session_id}", token=ada.token)
        refused(answer, 404, "session-not-found")
    assert parts.database["sessions"].count_documents({}) == 2
    assert names_of_events(parts) == []


def test_session_of_a_deleted_account_is_expired(
    http: Client, parts: Container, ada: Person
) -> None:
    parts.auth.accounts.delete(ada.id)
    assert is_over(http, ada.refresh_token)


def test_refreshed_token_has_the_current_role(http: Client, parts: Container, ada: Person) -> None:
    parts.database["accounts"].update_one(
        {"_id": ada.id}, {"$set": {"role": "recruiter", "employer_id": "yard"}}
    )
    caller = parts.auth.access_tokens.verify(said(refresh(http, ada.refresh_token))["access_token"])
    assert (caller.role, caller.employer_id) == ("recruiter", "yard")


@pytest.mark.parametrize("path", ["/v1/sessions/refresh", "/v1/sessions/end"])
@pytest.mark.parametrize("body", [{"token": "x"}, {"refresh_token": "x" * 513}])
def test_unknown_or_long_field_is_rejected(http: Client, path: str, body: Any) -> None:
    refused(ask(http, "POST", path, body), 422, "invalid-fields")


def test_default_clock_is_the_system_time(http: Client, parts: Container) -> None:
    token = person(parts).refresh_token
    assert refreshed(http, token) == token
    answer = ask(
        http, "GET", "/v1/account", token=said(log_in(http, EMAIL, PASSWORD))["access_token"]
    )
    assert json.loads(answer.body)["email"] == EMAIL


@pytest.mark.parametrize("route", ["/v1/sessions/refresh", "/v1/sessions/end"])
def test_empty_token_does_not_fall_back_to_the_cookie(
    http: Client, parts: Container, route: str
) -> None:
    """Otherwise a script could read the token of the cookie in the answer."""
    good = person(parts).refresh_token
    cookie = f"__Host-hirelane-refresh={good}"
    answer = ask(http, "POST", route, {"refresh_token": ""}, Cookie=cookie)
    assert refused(answer, 422, "invalid-fields")["errors"][0]["field"] == "refresh_token"
    assert good not in answer.body.decode()
    answer = ask(http, "POST", "/v1/sessions/refresh", {}, Cookie=cookie)
    assert "refresh_token" not in said(answer)


def test_ended_session_cannot_change_the_account(http: Client, parts: Container) -> None:
    ada = person(parts)
    parts.auth.sessions.end(ada.id, ada.session_id)
    body = {"password": PASSWORD, "email": "thief@example.com"}
    answer = ask(http, "POST", "/v1/account/email", body, ada.token)
    refused(answer, 401, "session-expired")
    assert parts.database["mail_links"].count_documents({}) == 0
