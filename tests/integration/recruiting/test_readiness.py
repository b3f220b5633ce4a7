"""Readiness: a store that cannot write is not ready, and the answer says why."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from chalice.test import Client, HTTPResponse
from pymongo.errors import OperationFailure, WriteError
from redis import Redis

from chalicelib.bootstrap.container import Container
from tests.integration.recruiting.steps import apply


@contextmanager
def configured(redis: Redis, **settings: Any) -> Iterator[None]:
    """Change settings of Valkey for a while."""
    names = {name: name.replace("_", "-") for name in settings}
    before = {name: str(redis.config_get(names[name])[names[name]]) for name in settings}
    for name, value in settings.items():
        redis.config_set(names[name], value)
    try:
        yield
    finally:
        for name, value in before.items():
            redis.config_set(names[name], value)


@contextmanager
def full(redis: Redis) -> Iterator[None]:
    with configured(redis, maxmemory=1):
        yield


@contextmanager
def without_replicas(redis: Redis) -> Iterator[None]:
    with configured(redis, min_replicas_to_write=1):
        yield


@contextmanager
def replica(redis: Redis) -> Iterator[None]:
    """Make Valkey a replica of a server that does not exist."""
    redis.replicaof("127.0.0.1", "1")
    try:
        yield
    finally:
        redis.replicaof("NO", "ONE")


def check_of(http: Client, store: str) -> dict[str, Any]:
    """Return the failed check of a store, which must be the only one that failed."""
    answer: HTTPResponse = http.http.get("/health/ready")
    assert answer.status_code == 503
    checks = json.loads(answer.body)["checks"]
    assert [name for name, check in checks.items() if not check["ok"]] == [store]
    found: dict[str, Any] = checks[store]
    return found


@pytest.mark.parametrize(
    ("disturb", "cause"),
    [
        (full, "is full"),
        (without_replicas, "has too few replicas to accept writes"),
        (replica, "is a replica and accepts no writes"),
    ],
)
def test_redis_that_cannot_write_is_not_ready(
    http: Client,
    log_in: Callable[[str], str],
    posting: str,
    redis: Redis,
    disturb: Callable[[Redis], Any],
    cause: str,
) -> None:
    token = log_in("ada@example.com")
    assert http.http.get("/health/ready").status_code == 200
    with disturb(redis):
        assert check_of(http, "redis")["problem"].startswith(f"it {cause} (")
        answer = apply(http, token, posting)
    assert answer.status_code == 503
    assert json.loads(answer.body)["detail"] == f"The queue {cause}."
    assert http.http.get("/health/ready").status_code == 200
    assert apply(http, token, posting).status_code == 202


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (OperationFailure("secret", 18), "does not accept our password"),
        (WriteError("secret", 14031), "is full"),
    ],
)
def test_mongodb_that_cannot_write_is_not_ready(
    http: Client, parts: Container, monkeypatch: pytest.MonkeyPatch, error: Exception, cause: str
) -> None:
    """MongoDB answers pings and reads, and refuses writes."""

    def refuse(*arguments: object, **options: object) -> None:
        raise error

    monkeypatch.setattr("pymongo.collection.Collection.update_one", refuse)
    problem = check_of(http, "mongodb")["problem"]
    assert problem == f"it {cause} ({type(error).__name__})"
