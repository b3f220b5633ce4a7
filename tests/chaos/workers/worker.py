"""A worker of applications that kills itself at a point that the fleet chooses."""

from __future__ import annotations

import mmap
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from itertools import batched
from pathlib import Path

from pymongo import monitoring
from redis.exceptions import RedisError

from chalicelib.bootstrap.clients import WORKER_TIMEOUTS, connect_mongodb, connect_redis
from chalicelib.bootstrap.drain_observer import LoggingObserver
from chalicelib.common.observability import make_logger
from chalicelib.queue import ClaimedJob, Lanes, Wake
from chalicelib.queue.admin import Reconciler
from chalicelib.queue.worker import Claim, Leases, Outcome, SettleResult, drain
from chalicelib.recruiting.applications.jobs import KIND
from tests.chaos.workers.messages import (
    POINTS,
    REDIS_UNREACHABLE,
    Claimed,
    Event,
    Killed,
    Point,
    Settings,
    Spawn,
    WakeRequested,
)
from tests.support.job_handler import make_job_handler
from tests.support.lanes import FunctionHandler, FunctionWaker

# The time limit of an invocation: a drain stops before it and wakes its successor.
INVOCATION_SECONDS = 60.0
# Keeps a line short enough for a pipe to take it whole.
LANES_PER_LINE = 50

SendEvent = Callable[[Event], None]


class KillSwitch:
    """Kills this process at the point that the fleet has chosen for one of its workers."""

    def __init__(self, settings: Settings, number: int, send_event: SendEvent) -> None:
        with Path(settings.kill_point_file).open("rb") as file:
            self._point = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._ticket = Path(settings.ticket_file)
        self._number = number
        self._send_event = send_event
        self._drawn: Point | None = None

    def is_triggered(self, *points: Point) -> bool:
        """Return whether this worker must die at one of these points; it is the only one then."""
        if self._drawn:
            return self._drawn in points
        number = self._point[0]
        if number == 0 or POINTS[number - 1] not in points:
            return False
        try:
            self._ticket.unlink()
        except FileNotFoundError:
            return False
        self._drawn = POINTS[number - 1]
        return True

    def reach(self, point: Point) -> None:
        """Kill this process if it must die at this point."""
        if self.is_triggered(point):
            self._send_event(Killed(self._number, time.monotonic()))
            os.kill(os.getpid(), signal.SIGKILL)


class InstrumentedLeases(Leases):
    """Leases that report claims and pass the points at which the worker may die."""

    def __init__(
        self, lanes: Lanes, *, number: int, kill_switch: KillSwitch, send_event: SendEvent
    ) -> None:
        super().__init__(lanes)
        self._number = number
        self._kill_switch = kill_switch
        self._send_event = send_event

    def claim(self, drain_id: str) -> Claim:
        claim = super().claim(drain_id)
        if claim.lanes:
            now = time.monotonic()
            for names in batched((lane.name for lane in claim.lanes), LANES_PER_LINE):
                self._send_event(Claimed(self._number, claim.token, names, now))
            self._kill_switch.reach("claimed")
        return claim

    def settle(
        self,
        claim: Claim,
        outcomes: Sequence[Sequence[Outcome]],
        *,
        seconds: float | None = None,
    ) -> SettleResult:
        self._kill_switch.reach("handled")
        settled = super().settle(claim, outcomes, seconds=seconds)
        self._kill_switch.reach("settled")
        return settled

    def renew(self, drain_id: str, claim: Claim) -> tuple[str, ...]:
        self._kill_switch.reach("renewing")
        lost = super().renew(drain_id, claim)
        self._kill_switch.reach("renewed")
        return lost


class WriteListener(monitoring.CommandListener):
    """Passes the point ``written`` when MongoDB acknowledges a write."""

    def __init__(self, kill_switch: KillSwitch) -> None:
        self._kill_switch = kill_switch

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        pass

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        if event.command_name in ("insert", "update"):
            self._kill_switch.reach("written")

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass


def work(settings: Settings, order: Spawn, send_event: SendEvent) -> int:
    """Serve the lanes of applications until there is nothing to do. Return the exit status."""
    ends = time.monotonic() + INVOCATION_SECONDS
    kill_switch = KillSwitch(settings, order.number, send_event)
    monitoring.register(WriteListener(kill_switch))

    def wake(asked: Wake) -> None:
        if asked.kind == KIND:
            kill_switch.reach("waking")
        send_event(WakeRequested(asked.kind, asked.drain_id))
        if asked.kind == KIND:
            kill_switch.reach("woken")

    try:
        redis = connect_redis(settings.redis_url, answer_seconds=WORKER_TIMEOUTS.redis)
        lanes = Lanes(redis, KIND, limits=settings.limits)
        leases = InstrumentedLeases(
            lanes, number=order.number, kill_switch=kill_switch, send_event=send_event
        )
        client = connect_mongodb(settings.mongodb_uri, seconds=WORKER_TIMEOUTS.mongodb)
        database = client.get_default_database()
        handler = make_job_handler(database)

        def handle(jobs: Sequence[ClaimedJob], /) -> Sequence[Outcome]:
            if kill_switch.is_triggered("renewing", "renewed"):
                # A long batch, so that the lease keeper's thread renews leases, and kills here.
                threading.Event().wait()
            time.sleep(settings.work_seconds)
            return handler.handle(jobs)

        if order.sweep:
            Reconciler(lanes).run()
        drain(
            leases,
            FunctionHandler(handle),
            drain_id=order.drain_id or lanes.new_drain().drain_id,
            remaining=lambda: ends - time.monotonic(),
            waker=FunctionWaker(wake),
            observer=LoggingObserver(make_logger(KIND), KIND, "stored"),
        )
    except RedisError:
        return REDIS_UNREACHABLE
    return 0
