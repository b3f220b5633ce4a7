"""Stores die, hang and drop connections while applications come in and are stored.

In each case accepted applications are stored once and in order, a call that raised succeeds when it
is repeated, and no job loses an attempt.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from pymongo.database import Database
from redis import Redis

from chalicelib.queue import Limits
from tests.chaos.workers.background_load import BackgroundLoad
from tests.chaos.workers.conftest import LONG, StartFleet
from tests.chaos.workers.fleet import WorkerFleet, drain_all
from tests.chaos.workers.load_generator import NO_ERRORS, LoadGenerator
from tests.support.proxy import Proxy
from tests.support.stores import Stores
from tests.support.timing import PATIENCE_SECONDS

# The default limits but for a shorter lease, and small batches that take a while, so that workers
# are always in the middle of some when a store fails.
LIMITS = Limits(
    batch_size=4, jobs_per_lane=1, lease=3.0, start_timeout=1.0, max_drains=3, lanes_per_drain=2
)
WORK_SECONDS = 0.1
CANDIDATES = 20
POSTINGS = 150 if LONG else 40
REDIS_KILLS = 10 if LONG else 2
REDIS_PAUSE_SECONDS = 5.0
MONGODB_PAUSE_SECONDS = 60.0 if LONG else 8.0
BREAKS = 100 if LONG else 15


@dataclass
class Scene:
    """A fleet that stores the applications of a load generator."""

    fleet: WorkerFleet
    load: LoadGenerator
    database: Database[dict[str, Any]]

    def progress(self, stored: int = 10) -> None:
        """Wait until some more applications are stored."""
        applications = self.database["applications"]
        wanted = applications.estimated_document_count() + stored
        ends = time.monotonic() + PATIENCE_SECONDS
        while applications.estimated_document_count() < wanted:
            assert time.monotonic() < ends, "no application is stored any more"
            self.fleet.wait_until(lambda: False, 0.02)

    def check(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Repeat unanswered calls, wait until all lanes are drained, and look for errors."""
        unanswered = len(self.load.unanswered)
        repeats = self.load.repeat_unanswered()
        began = time.monotonic()
        drain_all(self.fleet, self.load.drained, PATIENCE_SECONDS)
        with capsys.disabled():
            print(
                f"\n  {self.load.accepted} applications, of which {unanswered} calls raised"
                f" ({repeats} had been accepted), drained after {time.monotonic() - began:.1f} s,"
                f" {self.fleet.started} workers, {self.fleet.sweeps} sweeps"
            )
        assert self.fleet.sweeps <= 1
        assert not self.fleet.crashed
        assert self.load.find_errors() == NO_ERRORS


@pytest.fixture
def scene(
    redis: Redis, database: Database[dict[str, Any]], stores: Stores, start_fleet: StartFleet
) -> Scene:
    return _scene(redis, database, start_fleet(LIMITS, work_seconds=WORK_SECONDS), stores.redis_url)


def _scene(redis: Redis, database: Database[dict[str, Any]], fleet: WorkerFleet, url: str) -> Scene:
    load = LoadGenerator(
        fleet, redis, database, candidates=CANDIDATES, postings=POSTINGS, redis_url=url
    )
    return Scene(fleet, load, database)


@contextmanager
def paused(stores: Stores, name: str) -> Iterator[None]:
    stores.stack.pause(name)
    try:
        yield
    finally:
        stores.stack.resume(name)


def pass_time(seconds: float) -> None:
    """Keep a fault for some seconds."""
    threading.Event().wait(seconds)


def test_redis_is_killed_and_restarted(
    scene: Scene, stores: Stores, capsys: pytest.CaptureFixture[str]
) -> None:
    with BackgroundLoad(scene.load):
        for _ in range(REDIS_KILLS):
            scene.progress()
            try:
                stores.stack.kill("valkey")
            finally:
                stores.stack.restart("valkey")
        scene.progress()
    scene.check(capsys)


def test_redis_hangs(scene: Scene, stores: Stores, capsys: pytest.CaptureFixture[str]) -> None:
    with BackgroundLoad(scene.load):
        scene.progress()
        with paused(stores, "valkey"):
            pass_time(REDIS_PAUSE_SECONDS)
        scene.progress()
    assert scene.load.unanswered
    scene.check(capsys)


def test_mongodb_hangs(scene: Scene, stores: Stores, capsys: pytest.CaptureFixture[str]) -> None:
    with BackgroundLoad(scene.load):
        scene.progress()
        with paused(stores, "mongodb"):
            pass_time(MONGODB_PAUSE_SECONDS)
        scene.progress()
    # Accepting does not need MongoDB; the workers have logged that storing does.
    assert not scene.load.unanswered
    assert "StoreUnavailable" in scene.fleet.log.read_text()
    scene.check(capsys)


@pytest.mark.parametrize("broken", ["redis", "mongodb"])
def test_connections_break_repeatedly(
    broken: str,
    redis: Redis,
    database: Database[dict[str, Any]],
    stores: Stores,
    mongodb_uri: str,
    start_fleet: StartFleet,
    capsys: pytest.CaptureFixture[str],
) -> None:
    urls = {"redis": stores.redis_url, "mongodb": mongodb_uri}
    address = urlsplit(urls[broken]).netloc
    with Proxy(address) as proxy:
        urls[broken] = urls[broken].replace(address, proxy.address)
        fleet = start_fleet(
            LIMITS,
            redis_url=urls["redis"],
            mongodb_uri=urls["mongodb"],
            work_seconds=WORK_SECONDS,
        )
        scene = _scene(redis, database, fleet, urls["redis"])
        with BackgroundLoad(scene.load):
            scene.progress()
            for n in range(BREAKS):
                if n % 10 == 8:
                    proxy.refuse()
                    pass_time(0.3)
                    proxy.admit()
                elif n % 10 == 9:
                    proxy.stall()
                    pass_time(1.0)
                    proxy.flow()
                else:
                    proxy.reset()
                pass_time(0.15)
            scene.progress()
        assert proxy.broken > BREAKS / 2
        scene.check(capsys)
