"""The employers' side of the demo, with the API in this process."""

from __future__ import annotations

import json
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

import pytest
from chalice.test import Client

from chalicelib.auth.credentials.email_links import LinkPurpose
from chalicelib.bootstrap.container import Container
from infrastructure.local.demo import client as demo
from infrastructure.local.demo.employer import publish_postings
from infrastructure.local.demo.errors import RefusedError
from infrastructure.local.demo.postings import demo_postings
from tests.integration.auth.api_requests import body_of, send
from tests.integration.auth.stored_data import newest_link_token


class InProcessClient:
    """Sends the requests of the demo to the API in this process, and counts them."""

    def __init__(self, http: Client) -> None:
        self._http = http
        self.requests = 0

    def get(self, path: str, token: str | None = None) -> demo.Answer:
        return self._call("GET", path, None, token)

    def post(self, path: str, body: dict[str, Any], token: str | None = None) -> demo.Answer:
        return self._call("POST", path, body, token)

    def put(self, path: str, body: dict[str, Any], version: int, token: str) -> demo.Answer:
        return self._call("PUT", path, body, token, If_Match=f'"{version}"')

    def _call(
        self, method: str, path: str, body: Any, token: str | None, **headers: str
    ) -> demo.Answer:
        self.requests += 1
        answer = send(self._http, method, path, body, token, **headers)
        if answer.status_code >= 400:
            raise RefusedError(answer.body.decode())
        return demo.Answer(answer.status_code, json.loads(answer.body or b"null"), None, 0.0)


def test_demo_publishes_its_postings_once(
    http: Client, parts: Container, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mailbox(address: str) -> list[EmailMessage]:
        message = EmailMessage()
        token = newest_link_token(parts, LinkPurpose.REGISTER, address)
        message.set_content(f"https://hirelane.example/#/register/{token}")
        return [message]

    client = InProcessClient(http)
    account, ids = publish_postings(cast(demo.Client, client), mailbox, tmp_path)
    # Registration, log-in and memberships, 9 employers, 32 postings, 3 of them with questions.
    assert client.requests == 4 + 9 + 32 + 3
    forms = [body_of(send(http, "GET", f"/v1/postings/{one}/form")) for one in ids]
    asked = [[question.id for question in one.questions] for one in demo_postings()]
    assert [[question["id"] for question in form["questions"]] for form in forms] == asked
    page = body_of(send(http, "GET", "/v1/postings?limit=50"))
    wanted = [(one.employer, one.title) for one in demo_postings()]
    assert [one["id"] for one in page["postings"]] == ids
    assert [(one["employer"], one["title"]) for one in page["postings"]] == wanted
    # A second run logs in and finds all of them.
    again = InProcessClient(http)
    assert publish_postings(cast(demo.Client, again), mailbox, tmp_path) == (account, ids)
    assert again.requests == 2 + 9
    # A lost account does not stop another run.
    few = list(demo_postings())[:3]
    monkeypatch.setattr("infrastructure.local.demo.employer.demo_postings", lambda: few)
    other, others = publish_postings(cast(demo.Client, client), mailbox, tmp_path / "other")
    assert other.email != account.email
    assert not set(others) & set(ids)
