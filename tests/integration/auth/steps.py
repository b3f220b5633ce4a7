"""People, requests, answers, e-mails and workers for the tests of accounts."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_string, policy
from email.message import EmailMessage
from functools import cache
from typing import Any

import msgspec
from chalice.test import Client, HTTPResponse
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from chalicelib.auth.accounts.repository import to_caller
from chalicelib.auth.credentials.email_links import LinkPurpose
from chalicelib.auth.credentials.passwords import hash_password
from chalicelib.auth.models import Role
from chalicelib.auth.sessions.refresh_tokens import OpenedSession
from chalicelib.bootstrap.container import Container
from chalicelib.bootstrap.worker import Worker
from chalicelib.common.ids import new_id
from chalicelib.queue import Shards, Wake

EMAIL = "ada@example.com"
NAME = "Ada Lovelace"
PASSWORD = "sealing-wax and string"
OTHER_PASSWORD = "ships & shoes, kings"
SENDER = "no-reply@hirelane.example"
EMPLOYER = "yard-and-sons"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


class Clock:
    """A clock that only moves when a test forwards it."""

    def __init__(self) -> None:
        self._now = datetime(2031, 5, 4, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def seconds(self) -> float:
        return self._now.timestamp()

    def forward(self, **by: float) -> None:
        self._now += timedelta(**by)


@dataclass(frozen=True)
class Person:
    """Someone with an account and an open session."""

    id: str
    email: str
    role: Role
    token: str
    opened: OpenedSession

    @property
    def refresh_token(self) -> str:
        return self.opened.refresh_token

    @property
    def session_id(self) -> str:
        return self.opened.session.id


@cache
def _hashed(password: str) -> str:
    return hash_password(password)


def person(
    parts: Container,
    email: str = EMAIL,
    role: Role = Role.CANDIDATE,
    *,
    password: str = PASSWORD,
    name: str = NAME,
) -> Person:
    """Create an account with an open session. Password hashes are cached to save time."""
    account = parts.auth.accounts.create(email, name, _hashed(password))
    if role is not Role.CANDIDATE:
        parts.auth.accounts.set_role(
            account["_id"], role, EMPLOYER if role is Role.RECRUITER else None
        )
    account = parts.auth.accounts.get(account["_id"])
    opened = parts.auth.sessions.open(account["_id"], "Firefox on Linux", "198.51.100.7")
    token = parts.auth.access_tokens.issue(to_caller(account, opened.session.id))
    return Person(account["_id"], email, role, token, opened)


def ask(
    http: Client,
    method: str,
    path: str,
    body: Any = None,
    token: str | None = None,
    **more_headers: str,
) -> HTTPResponse:
    headers = {name.replace("_", "-"): value for name, value in more_headers.items()}
    raw = b""
    if body is not None:
        headers["Content-Type"] = "application/json"
        raw = json.dumps(body).encode()
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return http.http.request(method, path, headers=headers, body=raw)


def said(response: HTTPResponse, status: int = 200) -> Any:
    """Return the body of an answer that must have this status."""
    assert response.status_code == status, response.body
    return json.loads(response.body) if response.body else None


def refused(response: HTTPResponse, status: int, slug: str) -> dict[str, Any]:
    """Return the problem document of an answer that must be this problem."""
    assert response.status_code == status, response.body
    assert response.headers["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = json.loads(response.body)
    assert problem["status"] == status
    assert problem["type"] == f"urn:hirelane:problem:{slug}"
    return problem


def log_in(http: Client, email: str = EMAIL, password: str = PASSWORD, **more: Any) -> HTTPResponse:
    credentials = {"email": email, "password": password, **more}
    return ask(http, "POST", "/v1/sessions", credentials, User_Agent=FIREFOX)


def set_cookies(response: HTTPResponse) -> dict[str, str]:
    """Return the Set-Cookie headers of an answer by the name of the cookie."""
    found: Any = response.headers.get("Set-Cookie", [])
    headers = [found] if isinstance(found, str) else found
    return {header.partition("=")[0]: header for header in headers}


def cookie_value(response: HTTPResponse, name: str) -> str:
    header = set_cookies(response)[f"__Host-hirelane-{name}"]
    return header.partition("=")[2].partition(";")[0]


def newest_token(parts: Container, purpose: LinkPurpose, email: str = EMAIL) -> str:
    """Return the token of the newest link of a purpose to an address."""
    query = {"email": email, "purpose": purpose.value}
    newest = list(parts.database["mail_links"].find(query).sort("_id", -1).limit(1))
    link = parts.auth.email_links.find(newest[0]["_id"])
    assert link is not None
    return parts.auth.email_links.sign(link)


def events(parts: Container) -> list[dict[str, Any]]:
    """Return the audit events, oldest first, without ids and times."""
    found = parts.database["account_events"].find().sort("_id", 1)
    return [{key: event[key] for key in event if key not in ("_id", "at")} for event in found]


def names_of_events(parts: Container) -> list[str]:
    return [event["event"] for event in events(parts)]


class Woken:
    """Records wake-ups instead of invoking workers, because tests run the workers themselves."""

    def __init__(self) -> None:
        self.by_kind: dict[str, Wake] = {}

    def wake(self, wake: Wake) -> None:
        self.by_kind[wake.kind] = wake


class InTime:
    """A Lambda context with a minute left."""

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 60_000


def work(parts: Container, kind: str) -> None:
    """Drain the lanes of a kind, as the worker that was woken for them."""
    woken: Any = parts.waker
    event = msgspec.to_builtins(woken.by_kind.pop(kind, {}))
    if kind == "mail":
        worker = Worker(parts, parts.notifications.lanes, parts.notifications.job_handler, "mailed")
    else:
        # Without follow-up jobs the worker does not wait for its e-mails.
        worker = Worker(parts, Shards(parts.redis, kind), parts.recruiting.job_handler, "stored")
    worker.drain(event, InTime)


def deliver(parts: Container) -> list[EmailMessage]:
    """Drain the mail lanes. Return the sent e-mails in order."""
    backend: Any = ses_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]
    before = len(backend.sent_messages)
    work(parts, "mail")
    mails = []
    for sent in backend.sent_messages[before:]:
        mail = message_from_string(sent.raw_data, policy=policy.default)
        # moto adds the recipients of the header to those of the request.
        assert sent.destinations[0] == mail["To"].addresses[0].addr_spec
        mails.append(mail)
    return mails


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert isinstance(part, EmailMessage)
    text: str = part.get_content()
    return text


def link_of(mail: EmailMessage) -> tuple[str, str]:
    """Return the purpose and the token of the only link in an e-mail."""
    [(purpose, token)] = re.findall(
        r"https://hirelane\.example/#/([a-z-]+)/([\w.-]+)", text_of(mail)
    )
    return purpose, token


def queued_letters(parts: Container) -> int:
    return sum(1 for _ in parts.redis.scan_iter("{hl0}:job:letter-*"))


def everything_stored(parts: Container) -> Iterator[str]:
    """Yield the contents of MongoDB and Redis as text, compressed values also in plain."""
    for name in parts.database.list_collection_names():
        for document in parts.database[name].find():
            yield repr(document)
    redis: Any = parts.redis
    for key in redis.scan_iter("*"):
        yield repr(key)
        yield repr(redis.dump(key))
        match redis.type(key).decode():
            case "string":
                yield repr(redis.get(key))
            case "hash":
                yield repr(redis.hgetall(key))
                for value in redis.hgetall(key).values():
                    yield _opened(value)
            case "list":
                yield repr(redis.lrange(key, 0, -1))
            case "set":
                yield repr(redis.smembers(key))
            case "zset":
                yield repr(redis.zrange(key, 0, -1, withscores=True))
            case "stream":
                yield repr(redis.xrange(key))
            case kind:
                raise AssertionError(f"how to read a {kind}?")


def _opened(value: bytes) -> str:
    import zlib

    try:
        return zlib.decompress(value).decode()
    except (zlib.error, UnicodeDecodeError):
        return ""


def forged(token: str) -> str:
    """Return a token with another signature of the same length."""
    text, _, signature = token.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "=")
    other = bytes([raw[0] ^ 1]) + raw[1:]
    return f"{text}.{base64.urlsafe_b64encode(other).rstrip(b'=').decode()}"


def unknown_id() -> str:
    return new_id()
