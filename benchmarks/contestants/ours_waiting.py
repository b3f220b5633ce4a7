"""How long candidate B waits behind candidate A's backlog, with the write to MongoDB.

``from_start``: B's one job was accepted after A's 10,000; from the start of a drain to the moment
B's job is settled. ``steady``: a drain, in another process, is at work on A's backlog when B's job
is accepted; from accept to settled. Both with their counterpart: no A.
"""

from __future__ import annotations

import contextlib
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

import msgspec

from benchmarks.contest import ContestError, Task
from benchmarks.contestants import store
from benchmarks.contestants.ours import (
    GATE,
    PREFIX,
    Silent,
    fill,
    key_of,
    lanes,
    new_job,
    request,
    serve,
    store_many,
)
from chalicelib.queue import AcceptRequest, ClaimedJob, Lanes
from chalicelib.queue.worker import Leases, Outcome

PAUSE_SECONDS = 0.02  # between two of B's jobs

_numbers = count()


class _Watch(Silent):
    """Notes when jobs of candidate B are settled."""

    def __init__(self) -> None:
        self.settled_at: float | None = None

    def on_settled(self, outcomes: Sequence[tuple[ClaimedJob, Outcome]]) -> None:
        if any(job.lane.endswith(":b") for job, _ in outcomes):
            self.settled_at = time.perf_counter()


def _wait_from_start(opened: Lanes) -> float:
    """Accept a job of B, then drain until it is settled; seconds from the drain's start."""
    fill(opened, [request("b", next(_numbers))])
    watch = _Watch()
    began = time.perf_counter()
    serve(
        Leases(opened),
        store_many,
        remaining=lambda: 600.0 if watch.settled_at is None else 0.0,
        observer=watch,
    )
    if watch.settled_at is None:
        raise ContestError("B's job was not settled")
    return watch.settled_at - began


def _top_up(opened: Lanes, backlog: int) -> None:
    """Bring A's lane back to its length."""
    waiting = int(opened.redis.llen(f"{PREFIX}:queue:{opened.lane_name('a')}"))
    fill(opened, (request("a", next(_numbers)) for _ in range(backlog - waiting)))


def from_start(task: Task) -> dict[str, Any]:
    """Medians of both, measured ``repetitions`` times in turn; each has lanes of its own."""
    empty = lanes(task.redis_url, "{alone}")
    long = lanes(task.redis_url)
    store.configure(task.mongodb_uri)
    alone, behind = [], []
    for _ in range(task.repetitions):
        alone.append(_wait_from_start(empty))
        _top_up(long, task.jobs)
        behind.append(_wait_from_start(long))
    return _compared(alone, behind)


def steady(task: Task) -> dict[str, Any]:
    """Medians of both, with a drain that runs all the time in a process of its own."""
    opened = lanes(task.redis_url)
    with _running_drain(task) as settled:
        alone = [_wait_from_accept(opened, settled) for _ in range(task.repetitions)]
        _top_up(opened, task.jobs)
        behind = []
        for _ in range(task.repetitions):
            _top_up(opened, task.jobs)
            behind.append(_wait_from_accept(opened, settled))
    return _compared(alone, behind)


def _wait_from_accept(opened: Lanes, settled: Iterator[str]) -> float:
    time.sleep(PAUSE_SECONDS)
    number = next(_numbers)
    job = new_job(number)
    began = time.perf_counter()
    opened.accept(
        AcceptRequest("b", job, gate=GATE, idempotency_key=key_of(number), fingerprint=job.id)
    )
    return float(next(settled)) - began


@contextlib.contextmanager
def _running_drain(task: Task) -> Iterator[Iterator[str]]:
    """A process that drains all the time; gives a line with the time of each settled job of B."""
    module = [sys.executable, "-m", "benchmarks.contestants", "ours_waiting", "keep_draining"]
    with subprocess.Popen(
        [*module, msgspec.json.encode(task).decode()], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            if process.stdout is None or process.stdout.readline() != "ready\n":
                raise ContestError("the drain does not start")
            yield iter(process.stdout.readline, "")
        finally:
            process.terminate()


class _Report(_Watch):
    """Tells the parent. ``perf_counter`` counts from the machine's start, for all processes."""

    def on_settled(self, outcomes: Sequence[tuple[ClaimedJob, Outcome]]) -> None:
        super().on_settled(outcomes)
        if self.settled_at is not None:
            print(repr(self.settled_at), flush=True)
            self.settled_at = None


def keep_draining(task: Task) -> dict[str, Any]:
    """Drain, and when there is nothing, ask again at once; until terminated."""
    opened = lanes(task.redis_url)
    store.configure(task.mongodb_uri)
    report = _Report()
    serve(Leases(opened), store_many, observer=report)
    print("ready", flush=True)
    while True:
        serve(Leases(opened), store_many, observer=report)


def _compared(alone: list[float], behind: list[float]) -> dict[str, Any]:
    return {
        "ratio": statistics.median(behind) / statistics.median(alone),
        "alone_ms": statistics.median(alone) * 1000,
        "behind_ms": statistics.median(behind) * 1000,
        "behind_worst_ms": max(behind) * 1000,
        "repetitions": len(alone),
    }
