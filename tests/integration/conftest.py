"""A real Valkey and a real MongoDB-protocol server for the session; each test finds them empty."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database
from redis import Redis

from chalicelib.connections import connect_mongodb
from infrastructure.local.stack.stack import Stack


@dataclass(frozen=True)
class Stores:
    """The two data stores and the stack that can disturb them."""

    stack: Stack
    redis_url: str
    mongodb_uri: str


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    stack = Stack(tmp_path_factory.mktemp("stores"))
    try:
        for service in ("valkey", "mongodb"):
            stack.restart(service)
        address = {status.name: status.address for status in stack.status()}
        yield Stores(
            stack,
            redis_url=f"redis://{address['valkey']}/0",
            mongodb_uri=f"mongodb://{address['mongodb']}/hirelane?directConnection=true",
        )
    finally:
        stack.down()


@pytest.fixture
def redis(stores: Stores) -> Iterator[Redis]:
    with Redis.from_url(stores.redis_url) as client:
        client.flushall()
        yield client


@pytest.fixture(scope="session")
def _mongo(stores: Stores) -> Iterator[MongoClient[dict[str, Any]]]:
    with connect_mongodb(stores.mongodb_uri) as client:
        yield client


@pytest.fixture
def database(_mongo: MongoClient[dict[str, Any]]) -> Database[dict[str, Any]]:
    database = _mongo.get_default_database()
    for name in database.list_collection_names():
        database.drop_collection(name)
    return database
