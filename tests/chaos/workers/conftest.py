"""How large the kill and fault tests are. HIRELANE_KILLS=100 is the long form (`make kill`)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database
from redis import Redis

from chalicelib.bootstrap.clients import connect_mongodb
from chalicelib.common.ids import new_id
from chalicelib.queue import Limits
from tests.chaos.workers.fleet import WorkerFleet
from tests.support.stores import Stores

KILLS = int(os.environ.get("HIRELANE_KILLS", "4"))
LONG = KILLS >= 100

StartFleet = Callable[..., WorkerFleet]


@pytest.fixture
def mongodb_uri(stores: Stores) -> str:
    """The address of a database that only this test uses: dropping a large one takes long."""
    return stores.mongodb_uri.replace("/hirelane?", f"/chaos-{new_id()}?")


@pytest.fixture
def database(mongodb_uri: str) -> Iterator[Database[dict[str, Any]]]:
    with connect_mongodb(mongodb_uri, seconds=10) as client:
        yield client.get_default_database()


@pytest.fixture
def start_fleet(
    redis: Redis, stores: Stores, mongodb_uri: str, tmp_path: Path
) -> Iterator[StartFleet]:
    """Starts a fleet with given limits; it stops with the test."""
    with ExitStack() as running:

        def start(
            limits: Limits,
            *,
            redis_url: str = stores.redis_url,
            mongodb_uri: str = mongodb_uri,
            work_seconds: float = 0.0,
        ) -> WorkerFleet:
            return running.enter_context(
                WorkerFleet(tmp_path, redis_url, mongodb_uri, limits, work_seconds)
            )

        yield start
