"""The deployed system, as the end-to-end and the browser tests have it.

The conftest.py of both takes the fixtures over, so each of the two has a stack of its own for the
session, with the three projects deployed by `chalice deploy`.
"""

from __future__ import annotations

import json
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import psutil
import pytest
from localstack_client.session import Session
from pymongo.database import Database

from chalicelib.bootstrap.clients import connect_mongodb, connect_redis
from chalicelib.common.ids import new_id
from chalicelib.queue import Shards
from chalicelib.recruiting.postings.repository import Posting, Postings
from infrastructure.local.deploy.deployment import deploy
from infrastructure.local.mailbox import mails_to
from infrastructure.local.stack import Endpoints, Stack
from infrastructure.local.stack.functions import api_url

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, whatever its status."""

    url: str
    status: int
    headers: dict[str, str]
    body: Any

    @property
    def location(self) -> str:
        return urljoin(self.url, self.headers["location"])


@dataclass(frozen=True)
class Deployment:
    """The deployed system and ways to look into it."""

    stack: Stack
    endpoints: Endpoints
    api: str

    def call(
        self, method: str, path: str, body: Any = None, token: str | None = None, **headers: str
    ) -> Answer:
        """A request to the API. A body of bytes is sent as it is, others as JSON."""
        url = path if path.startswith("http://") else self.api + path
        sent = {"Content-Type": "application/json"} | headers
        if token:
            sent["Authorization"] = f"Bearer {token}"
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, sent, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return _read(url, answer.status, answer)
        except urllib.error.HTTPError as error:
            with error:
                return _read(url, error.code, error)

    def apply(self, candidate: Candidate, posting_id: str, **draft: Any) -> Answer:
        """A candidate applies, not in a browser."""
        return self.call("POST", f"/v1/postings/{posting_id}/applications", draft, candidate.token)

    def aws(self, service: str) -> Any:
        """A client of LocalStack."""
        address = urlsplit(self.endpoints.aws_endpoint_url).netloc
        return Session(localstack_host=address).client(service)

    def mails_to(self, address: str) -> list[EmailMessage]:
        """What SES took for an address, oldest first."""
        return mails_to(self.endpoints, [address])[address]

    def confirmations_to(self, address: str) -> list[EmailMessage]:
        """The mails to an address that confirm applications."""
        return [
            mail
            for mail in self.mails_to(address)
            if mail["Subject"].startswith("We have your application")
        ]

    def mailed_link(self, address: str, page: str = "register") -> str:
        """The newest link to a page that was mailed to an address; waits for it.

        For the schedule's minute too: a redeployment ends the drain that was asked for.
        """
        ends = time.monotonic() + 75
        link = re.compile(rf"\S+/#/{page}/\S+")
        while time.monotonic() < ends:
            for mail in reversed(self.mails_to(address)):
                text = mail.get_body(("plain",))
                assert text is not None
                if found := link.findall(text.get_content()):
                    return str(found[0])
            time.sleep(0.05)
        raise AssertionError(f"no link to {page} was mailed to {address}")

    def mailed_token(self, address: str) -> str:
        """The token of the link that was mailed to an address for registering."""
        return self.mailed_link(address).rpartition("/")[2]

    def log_lines(self, function: str) -> list[str]:
        """All that a function logged."""
        logs = self.aws("logs")
        group = f"/aws/lambda/{function}"
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        return [event["message"] for page in pages for event in page["events"]]


def _read(url: str, status: int, answer: Any) -> Answer:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    content = answer.read()
    return Answer(url, status, headers, json.loads(content) if content else None)


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    # One that is up and deployed to, with `make up deploy`: quicker while a test is being written.
    if ready := os.environ.get("HIRELANE_TEST_DEPLOYMENT"):
        stack = Stack(Path(ready))
        yield Deployment(stack, stack.endpoints(), api_url(stack))
        return
    directory = tmp_path_factory.mktemp("stack")
    stack = Stack(directory)
    try:
        endpoints = stack.up()
        deploy(stack)
        yield Deployment(stack, endpoints, api_url(stack))
    finally:
        stack.down()
    left = [
        process.info["cmdline"]
        for process in psutil.process_iter(["cmdline"])
        if str(directory) in " ".join(process.info["cmdline"] or [])
    ]
    assert left == []


@pytest.fixture(scope="session")
def database(deployed: Deployment) -> Iterator[Database[dict[str, Any]]]:
    with connect_mongodb(deployed.endpoints.mongodb_uri, seconds=10) as client:
        yield client.get_default_database()


@pytest.fixture(scope="session")
def lanes(deployed: Deployment) -> Iterator[Shards]:
    with connect_redis(deployed.endpoints.redis_url, answer_seconds=5) as client:
        yield Shards(client, "applications")


@pytest.fixture(scope="session")
def publish(database: Database[dict[str, Any]], lanes: Shards) -> Callable[..., str]:
    """Publishes a posting and gives its id. What is named is other than usual."""
    postings = Postings(database, lanes)

    def publish(title: str = "Boat builder", **other: Any) -> str:
        usual: dict[str, Any] = {
            "employer": "Yard & Sons",
            "location": "Bergen",
            "description": "Build boats.",
            "published_at": datetime.now(UTC),
        }
        posting = Posting(id=new_id(), title=title, **(usual | other))
        postings.publish(posting)
        return posting.id

    return publish


@dataclass(frozen=True)
class Candidate:
    """Someone with an account, logged in."""

    id: str
    email: str
    token: str


@pytest.fixture(scope="session")
def join(deployed: Deployment) -> Callable[..., Candidate]:
    """Registers someone and logs them in."""

    def join(name: str = "Ada Example") -> Candidate:
        address = f"{new_id()}@example.com"
        account = {"email": address, "name": name, "password": PASSWORD}
        registered = deployed.call("POST", "/v1/accounts", account)
        assert registered.status == 202, registered
        confirmed = deployed.call(
            "POST",
            "/v1/accounts/confirmation",
            {"token": deployed.mailed_token(address), "password": PASSWORD},
        )
        assert confirmed.status == 201, confirmed
        credentials = {"email": address, "password": PASSWORD}
        session = deployed.call("POST", "/v1/sessions", credentials)
        assert session.status == 200, session
        return Candidate(confirmed.body["id"], address, session.body["access_token"])

    return join


@pytest.fixture(autouse=True, scope="session")
def loopback_only() -> None:
    """No test may reach a real account, whatever this shell is configured for."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
