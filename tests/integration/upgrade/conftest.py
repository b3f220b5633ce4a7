"""The API and the workers of the present code, on the data of an earlier version."""

from __future__ import annotations

import importlib.util
import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from chalice.test import Client
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends
from pymongo.database import Database
from redis import Redis

from chalicelib.auth.sessions.signing_keys import generate_signing_key
from chalicelib.bootstrap import clients
from chalicelib.bootstrap.container import Container
from chalicelib.bootstrap.process import use_container
from tests.integration.upgrade.backlog import load_mongodb, load_redis, read_backlog
from tests.support.api import client
from tests.support.aws import keep_clients
from tests.support.lambda_context import LambdaContext
from tests.support.stores import Stores

REPOSITORY = Path(__file__).resolve().parents[3]
SENDER = "no-reply@hirelane.example"
ENVIRONMENT = {
    "HIRELANE_STAGE": "test",
    "HIRELANE_SETTINGS_SECRET": "hirelane/test/settings",
    "HIRELANE_KEYS_SECRET": "hirelane/test/keys",
    "HIRELANE_MAIL_SENDER": SENDER,
    "HIRELANE_APPLICATIONS_DRAIN": "nobody-there",
    "HIRELANE_MAIL_DRAIN": "nobody-there",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
}


# What Amazon EventBridge sends to the function of a schedule.
SCHEDULE_EVENT = {
    **dict.fromkeys(("version", "id", "account", "detail-type", "source", "time"), ""),
    **{"region": "us-east-1", "resources": [], "detail": {}},
}


@dataclass(frozen=True)
class UpgradedDeployment:
    """A deployment of the present code that found the data of an earlier version.

    ``issued`` has the receipts, tokens and passwords that people have from that version.
    """

    issued: dict[str, Any]
    parts: Container
    redis: Redis
    database: Database[dict[str, Any]]
    http: Client

    def call(
        self, method: str, path: str, body: Any = None, token: str = "", **headers: str
    ) -> tuple[int, Any]:
        """Send a request. Return the status and the body of the answer."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent["Content-Type"] = "application/json"
        if token:
            sent["Authorization"] = f"Bearer {token}"
        raw = b"" if body is None else json.dumps(body).encode()
        answer = self.http.http.request(method, path, headers=sent, body=raw)
        return answer.status_code, json.loads(answer.body) if answer.body else None

    def log_in(self, person: str) -> str:
        """Log in with the password of that time. Return the access token."""
        known = self.issued["people"][person]
        credentials = {"email": known["email"], "password": known["password"]}
        if "recovery_codes" in known:
            credentials["code"] = known["recovery_codes"].pop()
        status, tokens = self.call("POST", "/v1/sessions", credentials)
        assert status == 200, tokens
        return str(tokens["access_token"])

    def receipt(self, application: str) -> dict[str, Any]:
        """Return the receipt that the earlier version gave for an application."""
        receipt: dict[str, Any] = self.issued["applications"][application]["receipt"]
        return receipt

    def drain(self) -> None:
        """Let the scheduled runs of both workers serve all lanes, as in a deployment."""
        applications, mail = _worker_app("applications"), _worker_app("mail")
        done = threading.Event()

        def send_mail() -> None:
            while not done.is_set():
                mail.sweep(SCHEDULE_EVENT, LambdaContext())
                done.wait(0.05)

        # The drain of applications stays until the mail that follows has been sent.
        sender = threading.Thread(target=send_mail)
        sender.start()
        try:
            applications.sweep(SCHEDULE_EVENT, LambdaContext())
        finally:
            done.set()
            sender.join()
        mail.sweep(SCHEDULE_EVENT, LambdaContext())

    def sent_mail(self) -> list[EmailMessage]:
        """Return the mails that SES accepted since the upgrade, oldest first."""
        return [
            message_from_bytes(sent.raw_data.encode(), policy=policy.default)
            for sent in _ses().sent_messages
        ]


@dataclass
class Snapshot:
    """All data of an upgraded deployment, and its sent mail, at one moment."""

    keys: list[tuple[bytes, int, bytes]]
    documents: dict[str, list[dict[str, Any]]]
    mail: list[Any]

    @classmethod
    def take(cls, upgraded: UpgradedDeployment) -> Snapshot:
        """Read the present data."""
        redis: Any = upgraded.redis
        return cls(
            [
                (key, max(0, redis.pttl(key)), value)
                for key in redis.scan_iter()
                # A key may expire meanwhile.
                if (value := redis.dump(key)) is not None
            ],
            # In their natural order, which is that of their insertion.
            {
                name: list(upgraded.database[name].find())
                for name in upgraded.database.list_collection_names()
            },
            list(_ses().sent_messages),
        )

    def restore(self, upgraded: UpgradedDeployment) -> None:
        """Write the data into the empty stores."""
        with upgraded.redis.pipeline() as pipeline:
            for key, milliseconds, value in self.keys:
                pipeline.restore(key, milliseconds, value)
            pipeline.execute()
        for name, documents in self.documents.items():
            if documents:
                upgraded.database[name].insert_many(documents)
        _ses().sent_messages[:] = self.mail


def _ses() -> Any:
    """Return moto's SES, which has the mail that it accepted."""
    return ses_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]


def _worker_app(name: str) -> ModuleType:
    """Import the entry point of a worker function."""
    path = REPOSITORY / "worker_functions" / name / "app.py"
    spec = importlib.util.spec_from_file_location(f"worker_functions_{name}", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def snapshots() -> dict[str, Snapshot]:
    """The data after the upgrade, and after the workers have drained the lanes.

    Each is made once, because it takes seconds: MongoDB creates indexes, and idle drains wait for
    each other.
    """
    return {}


@pytest.fixture
def upgraded(
    request: pytest.FixtureRequest,
    stores: Stores,
    redis: Redis,
    database: Database[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    snapshots: dict[str, Snapshot],
) -> Iterator[UpgradedDeployment]:
    backlog = read_backlog()
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    keep_clients(monkeypatch)
    settings = {
        "redis_url": stores.redis_url,
        "mongodb_uri": stores.mongodb_uri,
        "link_secret": backlog["secrets"]["link_secret"],
        "public_url": "https://hirelane.example",
    }
    keys = {
        "signing_keys": [generate_signing_key()],
        "receipt_keys": [generate_signing_key()],
        "purpose_secret": backlog["secrets"]["purpose_secret"],
    }
    with mock_aws():
        clients.ses_client(connections=1).verify_email_identity(EmailAddress=SENDER)
        for name, content in {"settings": settings, "keys": keys}.items():
            clients.secrets_client().create_secret(
                Name=f"hirelane/test/{name}", SecretString=json.dumps(content)
            )
        containers = [Container(service) for service in ("api", "applications", "mail")]
        with ExitStack() as stack:
            for container in containers:
                stack.enter_context(use_container(container))
            deployment = UpgradedDeployment(
                backlog["told"], containers[0], redis, database, client()
            )
            is_drained = "drained" in request.fixturenames and "drained" in snapshots
            if "upgraded" in snapshots:
                snapshots["drained" if is_drained else "upgraded"].restore(deployment)
            else:
                load_redis(backlog["redis"], redis)
                load_mongodb(backlog["mongodb"], database)
                containers[0].operations.prepare()
                snapshots["upgraded"] = Snapshot.take(deployment)
            yield deployment
        for container in containers:
            container.redis.close()
            container.database.client.close()


@pytest.fixture
def drained(upgraded: UpgradedDeployment, snapshots: dict[str, Snapshot]) -> UpgradedDeployment:
    """The deployment after its workers have drained all lanes."""
    # Otherwise it was restored in this state.
    if "drained" not in snapshots:
        upgraded.drain()
        snapshots["drained"] = Snapshot.take(upgraded)
    return upgraded
