"""A process that lost its stores, or has wrong settings, recovers without a restart."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from chalice.test import Client
from pymongo.hello import Hello
from pymongo.server_description import ServerDescription
from redis import Redis

from chalicelib.bootstrap import store_recovery
from chalicelib.bootstrap.clients import connect_mongodb
from chalicelib.bootstrap.container import Container
from chalicelib.bootstrap.process import use_container
from chalicelib.bootstrap.worker import Worker
from chalicelib.queue import REDIS_ERRORS, Limits, Shards
from chalicelib.queue.admin import DeadLetters
from chalicelib.queue.worker import attempts
from tests.integration.recruiting.conftest import ReadSecret
from tests.integration.recruiting.steps import apply, get
from tests.support.lambda_context import LambdaContext
from tests.support.stores import Stores

LogIn = Callable[[str], str]
CLOSED = "127.0.0.1:1"
WRONG_PASSWORD = "mongodb://hirelane:wrong@{address}/hirelane?directConnection=true"


class CorrectedSecret:
    """Reads secrets, of which one member is wrong until somebody corrects it."""

    def __init__(self, read_secret: ReadSecret, **wrong: str) -> None:
        self._read_secret = read_secret
        self._wrong = wrong
        self.reads = 0
        self.correct_after = 10**6

    def __call__(self, name: str) -> str:
        content = json.loads(self._read_secret(name))
        if name == "settings":
            self.reads += 1
            if self.reads <= self.correct_after:
                content |= self._wrong
        return json.dumps(content)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read the settings after each error, look at clients in each request, and retry at once."""
    monkeypatch.setattr("chalicelib.bootstrap.store_recovery.RELOAD_SECONDS", 0.0)
    monkeypatch.setattr("chalicelib.bootstrap.store_recovery.CHECK_SECONDS", 0.0)
    monkeypatch.setattr("chalicelib.queue.worker.attempts.STORE_DOWN_RETRY_SECONDS", 0.01)


@pytest.fixture
def token(log_in: LogIn) -> str:
    return log_in("ada@example.com")


@pytest.fixture
def with_secret(
    parts: Container, read_secret: ReadSecret
) -> Iterator[Callable[..., tuple[Container, CorrectedSecret]]]:
    """Returns a function that creates a container whose secret is wrong."""
    made: list[Container] = []

    def make(service: str, **wrong: str) -> tuple[Container, CorrectedSecret]:
        secret = CorrectedSecret(read_secret, **wrong)
        container = Container(service, read_secret=secret)
        made.append(container)
        return container, secret

    yield make
    for container in made:
        if "database" in vars(container):
            container.database.client.close()


@pytest.mark.parametrize(
    ("member", "wrong"),
    [
        ("redis_url", f"redis://{CLOSED}/0"),
        ("mongodb_uri", WRONG_PASSWORD),
        ("mongodb_uri", "mongodb://"),
    ],
)
def test_api_uses_corrected_settings(
    http: Client,
    token: str,
    stores: Stores,
    with_secret: Callable[..., tuple[Container, CorrectedSecret]],
    member: str,
    wrong: str,
) -> None:
    container, secret = with_secret("api", **{member: wrong.format(address=_mongodb(stores))})
    with use_container(container):
        assert http.http.get("/health/ready").status_code == 503
        secret.correct_after = 0
        # This request fails, and reads the settings.
        assert http.http.get("/health/ready").status_code == 503
        assert http.http.get("/health/ready").status_code == 200


@pytest.mark.parametrize("wrong", [WRONG_PASSWORD, "mongodb://"])
def test_worker_uses_corrected_settings_in_the_same_drain(
    http: Client,
    token: str,
    posting: str,
    stores: Stores,
    with_secret: Callable[..., tuple[Container, CorrectedSecret]],
    wrong: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(attempts, "STORE_DOWN_RETRY_SECONDS", 0.2)
    monkeypatch.setattr(store_recovery, "RELOAD_SECONDS", 0.1)
    answer = apply(http, token, posting)
    container, secret = with_secret(
        "applications", mongodb_uri=wrong.format(address=_mongodb(stores))
    )
    # The jobs are tried more often than a job that fails for good.
    secret.correct_after = 3
    lanes = Shards(container.redis, "applications", limits=Limits(idle_timeout=1, max_attempts=2))
    worker = Worker(
        container,
        "applications",
        lambda: container.recruiting.job_handler,
        "stored",
        lanes=lambda: lanes,
    )
    worker.drain({}, LambdaContext(seconds=30))
    assert secret.reads > 3
    assert DeadLetters(lanes[0]).count() == 0
    status = get(http, f"/v1/applications/{json.loads(answer.body)['id']}", token)
    assert json.loads(status.body)["status"] == "stored"


def test_worker_uses_corrected_redis_in_the_next_invocation(
    http: Client,
    token: str,
    posting: str,
    with_secret: Callable[..., tuple[Container, CorrectedSecret]],
) -> None:
    apply(http, token, posting)
    container, secret = with_secret("applications", redis_url=f"redis://{CLOSED}/0")
    worker = Worker(container, "applications", lambda: container.recruiting.job_handler, "stored")
    with pytest.raises(REDIS_ERRORS):
        worker.drain({}, LambdaContext(seconds=30))
    secret.correct_after = 0
    with pytest.raises(REDIS_ERRORS):
        worker.drain({}, LambdaContext(seconds=30))
    container.recruiting.override(
        lanes=Shards(container.redis, "applications", limits=Limits(idle_timeout=0))
    )
    assert worker.drain({}, LambdaContext(seconds=30))["applied"] == 1


def test_client_that_forgot_all_servers_is_replaced(
    http: Client, parts: Container, redis: Redis, stores: Stores
) -> None:
    """A server that was the primary answers once without the name of its replica set."""
    lost: Any = connect_mongodb(f"mongodb://{_mongodb(stores)}/hirelane", seconds=0.5)
    vars(parts)["database"] = lost.get_default_database()
    address = next(iter(lost.topology_description.server_descriptions()))
    primary = {
        "ok": 1,
        "isWritablePrimary": True,
        "hosts": [_mongodb(stores)],
        "maxWireVersion": 25,
    }
    alone = {"ok": 1, "isWritablePrimary": True, "maxWireVersion": 25}
    topology = lost._get_topology()
    for answer in (primary | {"setName": "set"}, alone):
        topology.on_change(ServerDescription(address, Hello(answer)))
    assert lost.topology_description.server_descriptions() == {}
    assert http.http.get("/v1/postings").status_code == 200
    assert parts.database.client is not lost


def _mongodb(stores: Stores) -> str:
    return stores.mongodb_uri.removeprefix("mongodb://").partition("/")[0]
