"""A worker as the applications worker is, but for its fate: it kills itself where it is told to."""

from __future__ import annotations

import mmap
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from itertools import batched
from pathlib import Path
from typing import TYPE_CHECKING

from pymongo import monitoring
from redis.exceptions import RedisError

from chalicelib.bootstrap.clients import WORKER_PATIENCE, connect_mongodb, connect_redis
from chalicelib.common.observability import LoggingObserver, make_logger
from chalicelib.queue import (
    Claim,
    ClaimedJob,
    Lanes,
    Limits,
    Outcome,
    Reconciler,
    Shards,
    Wake,
    drain,
)
from chalicelib.queue.lanes import Settled
from chalicelib.recruiting.applications.job_handler import ApplicationJobHandler
from chalicelib.recruiting.applications.repository import KIND
from chalicelib.recruiting.postings.repository import Postings
from tests.chaos.messages import (
    GAVE_UP,
    POINTS,
    Asked,
    Claimed,
    Dying,
    Event,
    Point,
    Settings,
    Spawn,
)

if TYPE_CHECKING:
    from redis import Redis
    from redis.cluster import RedisCluster

# As long as an invocation lasts; a drain stops in time before that and wakes its successor.
INVOCATION_SECONDS = 60.0
# So that a line is short enough for a pipe to take it as a whole.
LANES_PER_LINE = 50

Tell = Callable[[Event], None]


class Fate:
    """The point at which one worker of the fleet is to die; the fleet may set it at any time."""

    def __init__(self, settings: Settings, number: int, tell: Tell) -> None:
        with Path(settings.fate).open("rb") as file:
            self._fate = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._ticket = Path(settings.ticket)
        self._number = number
        self._tell = tell
        self._doomed: Point | None = None

    def draws(self, *points: Point) -> bool:
        """Whether this worker, and no other, is to die at one of these points."""
        if self._doomed:
            return self._doomed in points
        fate = self._fate[0]
        if fate == 0 or POINTS[fate - 1] not in points:
            return False
        try:
            self._ticket.unlink()
        except FileNotFoundError:
            return False
        self._doomed = POINTS[fate - 1]
        return True

    def at(self, point: Point) -> None:
        """Here this worker comes to the point."""
        if self.draws(point):
            self._tell(Dying(self._number, time.monotonic()))
            os.kill(os.getpid(), signal.SIGKILL)


class FatalLanes(Lanes):
    """Lanes that tell what was claimed, and at which the worker may die."""

    def __init__(
        self,
        redis: Redis | RedisCluster,
        limits: Limits,
        *,
        number: int,
        fate: Fate,
        tell: Tell,
    ) -> None:
        super().__init__(redis, KIND, limits=limits)
        self._number = number
        self._fate = fate
        self._tell = tell

    def claim(self, drain_id: str) -> Claim:
        claim = super().claim(drain_id)
        if claim.lanes:
            now = time.monotonic()
            for names in batched((lane.name for lane in claim.lanes), LANES_PER_LINE):
                self._tell(Claimed(self._number, claim.token, names, now))
            self._fate.at("claimed")
        return claim

    def settle(
        self,
        claim: Claim,
        outcomes: Sequence[Sequence[Outcome]],
        *,
        seconds: float | None = None,
    ) -> Settled:
        self._fate.at("handled")
        settled = super().settle(claim, outcomes, seconds=seconds)
        self._fate.at("settled")
        return settled

    def renew(self, drain_id: str, claim: Claim) -> tuple[str, ...]:
        self._fate.at("renewing")
        lost = super().renew(drain_id, claim)
        self._fate.at("renewed")
        return lost


class Acknowledged(monitoring.CommandListener):
    """Sees MongoDB acknowledge a write."""

    def __init__(self, fate: Fate) -> None:
        self._fate = fate

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        pass

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        if event.command_name in ("insert", "update"):
            self._fate.at("written")

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass


def work(settings: Settings, order: Spawn, tell: Tell) -> int:
    """Serve the lanes of applications until there is nothing to do. Returns the exit status."""
    ends = time.monotonic() + INVOCATION_SECONDS
    fate = Fate(settings, order.number, tell)
    monitoring.register(Acknowledged(fate))

    def wake(asked: Wake) -> None:
        if asked.kind == KIND:
            fate.at("waking")
        tell(Asked(asked.kind, asked.drain_id))
        if asked.kind == KIND:
            fate.at("woken")

    try:
        redis = connect_redis(settings.redis_url, answer_seconds=WORKER_PATIENCE.redis)
        lanes = FatalLanes(redis, settings.limits, number=order.number, fate=fate, tell=tell)
        client = connect_mongodb(settings.mongodb_uri, seconds=WORKER_PATIENCE.mongodb)
        database = client.get_default_database()
        storing = ApplicationJobHandler(database, Postings(database, Shards(redis, KIND)))

        def handler(jobs: Sequence[ClaimedJob], /) -> Sequence[Outcome]:
            if fate.draws("renewing", "renewed"):
                # Long at work, so that the keeper has leases to renew: it kills this process.
                threading.Event().wait()
            time.sleep(settings.work_seconds)
            return storing(jobs)

        if order.sweep:
            Reconciler(lanes).run()
        drain(
            lanes,
            handler,
            drain_id=order.drain_id or lanes.new_drain().drain_id,
            remaining=lambda: ends - time.monotonic(),
            wake=wake,
            observer=LoggingObserver(make_logger(KIND), KIND, "stored"),
        )
    except RedisError:
        return GAVE_UP
    return 0
