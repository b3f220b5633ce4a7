"""The deployed system that the end-to-end and the browser tests use.

`make test` deploys one stack for all workers (SharedStack); pytest alone deploys one a session.
"""

from __future__ import annotations

import json
import os
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import psutil
import pytest
from localstack_client.session import Session
from pymongo.database import Database

from chalicelib.auth.accounts.repository import AccountRepository
from chalicelib.auth.credentials.passwords import hash_password
from chalicelib.bootstrap.clients import connect_mongodb, connect_redis
from chalicelib.common.ids import new_id
from chalicelib.queue import Shards
from chalicelib.recruiting.postings.models import Posting
from chalicelib.recruiting.postings.repository import PostingRepository
from infrastructure.local.deploy.deployment import deploy
from infrastructure.local.mailbox import mails_to
from infrastructure.local.stack import Endpoints, Stack
from infrastructure.local.stack.functions import api_url
from infrastructure.local.stack.services import SERVICES
from tests.support.timing import PATIENCE_SECONDS

PASSWORD = "correct horse battery"
# Names the directory of the stack that the workers of a test run share.
SHARED_STACK = "HIRELANE_TEST_SHARED_STACK"
KEPT_STACK = "HIRELANE_TEST_DEPLOYMENT"
POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Answer:
    """An HTTP answer of any status."""

    url: str
    status: int
    headers: dict[str, str]
    body: Any

    @property
    def location(self) -> str:
        return urljoin(self.url, self.headers["location"])


@dataclass(frozen=True)
class Deployment:
    """The deployed system, and access to its parts."""

    stack: Stack
    endpoints: Endpoints
    api: str

    def call(
        self, method: str, path: str, body: Any = None, token: str | None = None, **headers: str
    ) -> Answer:
        """Send a request to the API. Bytes are sent unchanged, other bodies as JSON."""
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
        """Apply as a candidate, over HTTP."""
        return self.call("POST", f"/v1/postings/{posting_id}/applications", draft, candidate.token)

    def aws(self, service: str) -> Any:
        """Return a client of a service in LocalStack."""
        address = urlsplit(self.endpoints.aws_endpoint_url).netloc
        return Session(localstack_host=address).client(service)

    def mails_to(self, address: str) -> list[EmailMessage]:
        """Return the mails that SES accepted for an address, oldest first."""
        return mails_to(self.endpoints, [address])[address]

    def confirmations_to(self, address: str) -> list[EmailMessage]:
        """Return the mails to an address that confirm applications."""
        return [
            mail
            for mail in self.mails_to(address)
            if mail["Subject"].startswith("We have your application")
        ]

    def mailed_link(self, address: str, page: str = "register") -> str:
        """Wait for a mail to an address with a link to a page. Return the newest such link.

        The wait outlasts the schedule of one minute, because a redeployment ends running drains.
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
        """Return the token of the link that was mailed to an address for registration."""
        return self.mailed_link(address).rpartition("/")[2]

    def log_lines(self, function: str) -> list[str]:
        """Return all lines that a function logged."""
        logs = self.aws("logs")
        group = f"/aws/lambda/{function}"
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        return [event["message"] for page in pages for event in page["events"]]


def _read(url: str, status: int, answer: Any) -> Answer:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    content = answer.read()
    if content and "json" not in headers.get("content-type", ""):
        return Answer(url, status, headers, content.decode())
    return Answer(url, status, headers, json.loads(content) if content else None)


@dataclass
class Candidate:
    """A person with an account."""

    id: str
    email: str
    deployed: Deployment = field(repr=False)
    _token: str = field(default="", init=False, repr=False)
    _renew_at: float = field(default=0, init=False, repr=False)

    @property
    def token(self) -> str:
        """An access token. It is renewed after five minutes; the API accepts it for ten."""
        if time.monotonic() >= self._renew_at:
            credentials = {"email": self.email, "password": PASSWORD}
            session = self.deployed.call("POST", "/v1/sessions", credentials)
            assert session.status == 200, session
            self._token = session.body["access_token"]
            self._renew_at = time.monotonic() + 300
        return self._token


Publish = Callable[..., str]
Join = Callable[..., Candidate]


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    shared = os.environ.get(SHARED_STACK)
    if shared and not os.environ.get(KEPT_STACK):
        yield SharedStack(Path(shared)).wait()
    else:
        with kept_or_running_deployment(tmp_path_factory.mktemp("stack")) as deployment:
            yield deployment


@contextmanager
def kept_or_running_deployment(directory: Path) -> Iterator[Deployment]:
    """Use the stack that ``KEPT_STACK`` names, or start one in a directory.

    A stack that `make up deploy` left running is quicker while a test is being written.
    """
    if ready := os.environ.get(KEPT_STACK):
        yield _deployment(Stack(Path(ready)))
        return
    with running_deployment(directory) as deployment:
        yield deployment


@contextmanager
def running_deployment(directory: Path) -> Iterator[Deployment]:
    """Start a stack in a directory and deploy to it; stop it in the end."""
    stack = Stack(directory)
    try:
        stack.up()
        deploy(stack)
        yield _deployment(stack)
    finally:
        stop(stack, directory)


def stop(stack: Stack, directory: Path) -> None:
    """Stop the servers. They are killed: they take seconds to stop, and nobody reads their data."""
    for service in SERVICES:
        if stack.is_running(service):
            stack.kill(service)
    stack.down()
    # The processes of functions end by themselves, a moment after LocalStack.
    ends = time.monotonic() + PATIENCE_SECONDS
    while left := _processes_of(directory):
        assert time.monotonic() < ends, f"still running: {left}"
        time.sleep(POLL_SECONDS)


def _deployment(stack: Stack) -> Deployment:
    return Deployment(stack, stack.endpoints(), api_url(stack))


def _processes_of(directory: Path) -> list[list[str]]:
    """Return the command lines of processes that a stopped stack left behind."""
    commands = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
    return [command for command in commands if str(directory) in " ".join(command)]


class SharedStack:
    """The deployed stack that all workers of a test run share.

    The process that starts the workers deploys it, at the latest when a worker requests it.
    Processes communicate by files beside the stack: ``wanted``, then ``deployed`` or ``failed``
    with the reason.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._wanted = directory.with_suffix(".wanted")
        self._deployed = directory.with_suffix(".deployed")
        self._failed = directory.with_suffix(".failed")

    def request(self) -> None:
        """Request the deployment."""
        self._wanted.touch()

    def wait(self) -> Deployment:
        """Wait for the deployment and return it."""
        self.request()
        while not self._deployed.exists():
            if self._failed.exists():
                pytest.fail(f"The shared stack: {self._failed.read_text()}", pytrace=False)
            time.sleep(POLL_SECONDS)
        return _deployment(Stack(self.directory))

    def deploy_when_requested(self, ended: threading.Event) -> None:
        """Wait for a request and deploy. Return without deployment when the test run has ended."""
        while not self._wanted.exists():
            if ended.wait(POLL_SECONDS):
                return
        stack = Stack(self.directory)
        try:
            stack.up()
            deploy(stack)
        except Exception as error:
            self._failed.write_text(f"{type(error).__name__}: {error}")
        else:
            self._deployed.touch()

    def stop(self) -> None:
        """Stop the servers."""
        stop(Stack(self.directory), self.directory)


@pytest.fixture(scope="session")
def database(deployed: Deployment) -> Iterator[Database[dict[str, Any]]]:
    with connect_mongodb(deployed.endpoints.mongodb_uri, seconds=10) as client:
        yield client.get_default_database()


@pytest.fixture(scope="session")
def lanes(deployed: Deployment) -> Iterator[Shards]:
    with connect_redis(deployed.endpoints.redis_url, answer_seconds=5) as client:
        yield Shards(client, "applications")


@pytest.fixture(scope="session")
def publish(database: Database[dict[str, Any]], lanes: Shards) -> Publish:
    """Publishes a posting, with defaults for all fields, and returns its id."""
    postings = PostingRepository(database, lanes)

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


@pytest.fixture(scope="session")
def join(deployed: Deployment, database: Database[dict[str, Any]]) -> Join:
    """Creates a candidate with an account, which is written to the database directly."""
    accounts = AccountRepository(database)
    password_hash = hash_password(PASSWORD)

    def join(name: str = "Ada Example") -> Candidate:
        account = accounts.create(f"{new_id()}@example.com", name, password_hash)
        return Candidate(account["_id"], account["email"], deployed)

    return join


@pytest.fixture(scope="session")
def register(deployed: Deployment) -> Join:
    """Registers a candidate as a person does, with the link in the mail."""

    def register(name: str = "Ada Example") -> Candidate:
        address = f"{new_id()}@example.com"
        account = {"email": address, "name": name, "password": PASSWORD}
        registered = deployed.call("POST", "/v1/accounts", account)
        assert registered.status == 202, registered
        confirmation = {"token": deployed.mailed_token(address), "password": PASSWORD}
        confirmed = deployed.call("POST", "/v1/accounts/confirmation", confirmation)
        assert confirmed.status == 201, confirmed
        return Candidate(confirmed.body["id"], address, deployed)

    return register


@pytest.fixture(autouse=True, scope="session")
def loopback_only() -> None:
    """Remove AWS settings of this shell, so that no test reaches a real account."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
