"""How long owner B waits behind the backlog of owner A, including the write to MongoDB.

``from_start``: B's one job is accepted after 10,000 jobs of A. Measured from the start of a drain
until B's job is settled. ``steady``: a drain in another process works on A's backlog when B's job
is accepted. Measured from accept until B's job is settled. Both are compared with a wait without A.
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
    StrictObserver,
    fill,
    key_of,
    lanes,
    new_job,
    request,
    serve,
    store_many,
)
from chalicelib.queue import AcceptRequest, ClaimedJob, Lanes
from chalicelib.queue.worker import ClaimTimes, Leases, Outcome

PAUSE_SECONDS = 0.02  # between two of B's jobs

_numbers = count()


class _SettleTimer(StrictObserver):
    """Records when jobs of owner B are settled."""

    def __init__(self) -> None:
        self.settled_at: float | None = None

    def on_settled(self, outcomes: Sequence[tuple[ClaimedJob, Outcome]], times: ClaimTimes) -> None:
        if any(job.lane.endswith(":b") for job, _ in outcomes):
            self.settled_at = time.perf_counter()


def _wait_from_start(opened: Lanes) -> float:
    """Accept a job of B and drain until it is settled. Returns seconds from the drain's start."""
    fill(opened, [request("b", next(_numbers))])
    timer = _SettleTimer()
    began = time.perf_counter()
    serve(
        Leases(opened),
        store_many,
        remaining=lambda: 600.0 if timer.settled_at is None else 0.0,
        observer=timer,
    )
    if timer.settled_at is None:
        raise ContestError("B's job was not settled")
    return timer.settled_at - began


def _top_up(opened: Lanes, backlog: int) -> None:
    """Fill A's lane up to the backlog again."""
    waiting = int(opened.redis.llen(f"{PREFIX}:queue:{opened.lane_name('a')}"))
    fill(opened, (request("a", next(_numbers)) for _ in range(backlog - waiting)))


def from_start(task: Task) -> dict[str, Any]:
    """Return the medians of both waits, which alternate; each has its own lanes."""
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
    """Return the medians of both waits, with a drain that runs in another process."""
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
    """Run a process that always drains. Yields a line with the time of each settled job of B."""
    module = [sys.executable, "-m", "benchmarks.contestants", "ours_fairness", "keep_draining"]
    with subprocess.Popen(
        [*module, msgspec.json.encode(task).decode()], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            if process.stdout is None or process.stdout.readline() != "ready\n":
                raise ContestError("the drain does not start")
            yield iter(process.stdout.readline, "")
        finally:
            process.terminate()


class _PrintingTimer(_SettleTimer):
    """Prints times to the parent. ``perf_counter`` has the same origin in all processes."""

    def on_settled(self, outcomes: Sequence[tuple[ClaimedJob, Outcome]], times: ClaimTimes) -> None:
        super().on_settled(outcomes, times)
        if self.settled_at is not None:
            print(repr(self.settled_at), flush=True)
            self.settled_at = None


def keep_draining(task: Task) -> dict[str, Any]:
    """Drain again and again until terminated."""
    opened = lanes(task.redis_url)
    store.configure(task.mongodb_uri)
    report = _PrintingTimer()
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
