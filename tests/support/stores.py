"""A real Valkey and a real MongoDB-protocol server for the session; each test finds them empty."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymongo
import pytest
from bson import encode
from pymongo import DeleteMany, MongoClient
from pymongo.database import Database
from redis import Redis

from chalicelib.bootstrap.clients import API_TIMEOUTS, connect_mongodb
from chalicelib.bootstrap.container import Container
from infrastructure.local.stack.endpoints import MONGODB_OPTIONS
from infrastructure.local.stack.stack import Stack
from tests.support.timing import PATIENCE_SECONDS


@dataclass(frozen=True)
class Stores:
    """The two data stores, and the stack that can pause, stop or kill them."""

    stack: Stack
    redis_url: str
    mongodb_uri: str


SERVICES = ("valkey", "mongodb")


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    # `make mutate` runs the tests a thousand times: it has servers that are started already.
    if ready := os.environ.get("HIRELANE_TEST_STACKS"):
        with _borrowed([Path(directory) for directory in ready.split(os.pathsep)]) as stack:
            yield _stores(stack)
        return
    stack = Stack(tmp_path_factory.mktemp("stores"))
    try:
        for service in SERVICES:
            stack.restart(service)
        yield _stores(stack)
    finally:
        # They take seconds to stop, and nobody reads their data any more.
        for service in SERVICES:
            if stack.is_running(service):
                stack.kill(service)
        stack.down()


@contextmanager
def _borrowed(directories: list[Path]) -> Iterator[Stack]:
    """The first stack that no other process has borrowed."""
    while True:
        for directory in directories:
            with (directory / "borrowed").open("w") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                yield Stack(directory)
                return
        time.sleep(0.05)


def _stores(stack: Stack) -> Stores:
    address = {status.name: status.address for status in stack.status()}
    return Stores(
        stack,
        redis_url=f"redis://{address['valkey']}/0",
        mongodb_uri=f"mongodb://{address['mongodb']}/hirelane?{MONGODB_OPTIONS}",
    )


@pytest.fixture
def redis(stores: Stores) -> Iterator[Redis]:
    with Redis.from_url(stores.redis_url) as client:
        client.flushall()
        yield client


@pytest.fixture(scope="session")
def mongo_client(stores: Stores) -> Iterator[MongoClient[dict[str, Any]]]:
    with connect_mongodb(stores.mongodb_uri) as client:
        yield client


@pytest.fixture
def database(mongo_client: MongoClient[dict[str, Any]]) -> Database[dict[str, Any]]:
    """The database without documents; it keeps the indexes, which are slow to create."""
    database = mongo_client.get_default_database()
    # One round trip for all collections: with one for each, this takes longer than most tests.
    deletes = [
        DeleteMany(filter={}, namespace=f"{database.name}.{name}")
        for name in database.list_collection_names()
    ]
    if deletes:
        # A busy machine may need longer than the client of the API waits.
        with pymongo.timeout(PATIENCE_SECONDS):
            mongo_client.bulk_write(deletes)
    return database


@contextmanager
def on_database(parts: Container, database: Database[dict[str, Any]]) -> Iterator[None]:
    """Let a container of the API use a connected client of the same database, with its indexes.

    To connect takes longer than most tests. The container may drop the client and connect itself.
    """
    assert parts.timeouts == API_TIMEOUTS, "the timeouts of the client"
    vars(parts)["database"] = database
    # The last index that the API creates.
    if "applications_of_a_candidate" not in database["applications"].index_information():
        parts.operations.prepare()
    yield
    last: Database[dict[str, Any]] = vars(parts).get("database", database)
    if last.client is not database.client:
        last.client.close()


def everything(database: Database[dict[str, Any]]) -> dict[str, list[bytes]]:
    """Return all documents of a database by collection, each as its bytes, sorted.

    With one request for all collections: with one for each, this takes longer than most tests.
    """

    def named(collection: str) -> dict[str, Any]:
        return {"$project": {"_id": 0, "collection": {"$literal": collection}, "found": "$$ROOT"}}

    # A busy machine may need longer than the client of the API waits.
    with pymongo.timeout(PATIENCE_SECONDS):
        first, *others = sorted(database.list_collection_names())
        unions = [{"$unionWith": {"coll": other, "pipeline": [named(other)]}} for other in others]
        found: dict[str, list[bytes]] = {name: [] for name in (first, *others)}
        for one in database[first].aggregate([named(first), *unions]):
            found[one["collection"]].append(encode(one["found"]))
    return {name: sorted(documents) for name, documents in found.items()}
