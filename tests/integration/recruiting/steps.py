"""Requests to the API, and other steps that tests share."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from chalice.test import Client, HTTPResponse
from redis.client import Monitor

from chalicelib.bootstrap.container import Container
from chalicelib.common.ids import new_id
from chalicelib.recruiting.postings.models import Posting

PASSWORD = "correct horse"


def post(
    http: Client, path: str, body: Any, token: str | None = None, **more_headers: str
) -> HTTPResponse:
    headers = {"Content-Type": "application/json", **more_headers}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return http.http.post(path, headers=headers, body=json.dumps(body).encode())


def problem(answer: HTTPResponse) -> tuple[int, str]:
    """Return the status and the type of a problem document."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.status_code, json.loads(answer.body)["type"].rpartition(":")[2]


def publish(parts: Container, closes_in: timedelta | None = None, **fields: Any) -> str:
    """Publish a posting, with other values in some fields. Return its id."""
    now = datetime.now(UTC)
    posting = Posting(
        id=new_id(),
        title="Boat builder",
        employer="Yard & Sons",
        location="Bergen",
        description="Build boats.",
        published_at=now,
        closes_at=now + closes_in if closes_in else None,
    )
    posting = msgspec.structs.replace(posting, **fields)
    parts.recruiting.postings.publish(posting)
    return posting.id


def apply(
    http: Client, token: str, posting_id: str, *, key: str | None = None, **draft: Any
) -> HTTPResponse:
    headers = {} if key is None else {"Idempotency-Key": key}
    return post(http, f"/v1/postings/{posting_id}/applications", draft, token, **headers)


def get(http: Client, path: str, token: str) -> HTTPResponse:
    return http.http.get(path, headers={"Authorization": f"Bearer {token}"})


def commands_until_echo(monitor: Monitor) -> list[str]:
    """Return the commands that a server gets until an ECHO, without those inside scripts."""
    commands = []
    for command in monitor.listen():  # type: ignore[no-untyped-call]
        if command["command"].startswith("ECHO"):
            break
        if command["client_type"] != "lua":
            commands.append(command["command"].split()[0])
    return commands
