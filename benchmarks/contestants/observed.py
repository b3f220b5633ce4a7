"""The same work with and without logs, metrics and traces, in one process.

Half of the claims, or of the requests, are observed, chosen at random, so whatever else happens on
the machine affects both alike. The lines go to a file. Segments go to a port of this machine that
nobody reads.
"""

from __future__ import annotations

import os
import random
import socket
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from typing import Any

from redis import Redis

from benchmarks.contest import ContestError, Task
from benchmarks.contestants import api, ours, store
from benchmarks.contestants.api import CANDIDATES
from benchmarks.contestants.environment import LambdaContext
from chalicelib.queue import ClaimedJob, Lanes
from chalicelib.queue.worker import ClaimTimes, Leases, Outcome

TRACEPARENT = "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01"
TRACE_HEADER = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
# One request in 20 is sampled, the default of X-Ray.
SAMPLED_EVERY = 20
# The first ones fill caches.
WARM_UP = 4


def drain_noop(task: Task) -> dict[str, Any]:
    """Drain jobs that do nothing. Returns the share of time that observing adds, in percent."""
    return _drain(task, ours.noop)


def drain_mongo(task: Task) -> dict[str, Any]:
    """Drain jobs whose documents are stored with one insert_many for each batch."""
    store.configure(task.mongodb_uri)
    measured = _drain(task, ours.store_many)
    store.check(task.jobs)
    return measured


def accept(task: Task) -> dict[str, Any]:
    """Answer requests to apply. Returns the milliseconds that observing adds to one."""
    with _daemon(), _lines():
        return _accept(task)


class _Half(ours.StrictObserver):
    """Passes half of the batches on, and measures the time of each job in both halves."""

    def __init__(self, observer: Any) -> None:
        self._observer = observer
        self._random = random.Random(7)  # noqa: S311 - not for secrets
        self._number, self._since, self._cpu_since = 0, time.perf_counter(), time.process_time()
        self.seconds: dict[bool, list[float]] = {True: [], False: []}
        self.cpu_seconds: dict[bool, list[float]] = {True: [], False: []}

    def on_settled(self, outcomes: Sequence[tuple[ClaimedJob, Outcome]], times: ClaimTimes) -> None:
        is_observed = self._random.random() < 0.5
        if is_observed:
            self._observer.on_settled(outcomes, times)
        now, cpu = time.perf_counter(), time.process_time()
        if self._number >= WARM_UP:
            self.seconds[is_observed].append((now - self._since) / len(outcomes))
            self.cpu_seconds[is_observed].append((cpu - self._cpu_since) / len(outcomes))
        self._number, self._since, self._cpu_since = self._number + 1, now, cpu


def _drain(task: Task, handler: ours.Handler) -> dict[str, Any]:
    from chalicelib.bootstrap.drain_observer import LoggingObserver
    from chalicelib.common.observability import make_logger

    pages = iter(range(task.jobs))
    redis = Redis.from_url(task.redis_url, single_connection_client=True)
    opened = Lanes(
        redis,
        ours.KIND,
        limits=ours.LIMITS,
        prefix=ours.PREFIX,
        trace_context=lambda: "" if next(pages) % SAMPLED_EVERY else TRACEPARENT,
    )
    opened.open_gate(ours.GATE)
    # Pages of 5 jobs, so that the sampled ones are spread over all claims.
    ours.fill(opened, ours.spread(task), batch=5)
    with _daemon(), _lines():
        observer = _Half(LoggingObserver(make_logger("applications"), ours.KIND, "stored"))
        applied = ours.serve(Leases(opened), handler, observer=observer)
    if applied != task.jobs:
        raise ContestError(f"{applied} of {task.jobs} jobs were done")
    without = statistics.median(observer.seconds[False])
    added, added_cpu = (
        statistics.median(seconds[True]) - statistics.median(seconds[False])
        for seconds in (observer.seconds, observer.cpu_seconds)
    )
    return {
        "percent": 100 * added_cpu / without,
        "cpu_us": added_cpu * 1e6,
        "difference_us": added * 1e6,
        "per_second": 1 / without,
    }


def _accept(task: Task) -> dict[str, Any]:
    app, events = api.prepare(task)
    from chalicelib.common import observability

    logger, measure = app.log, observability.measure
    context = LambdaContext()
    seconds: dict[str, list[float]] = {"no": [], "yes": [], "sampled": []}
    chance = random.Random(7)  # noqa: S311 - not for secrets
    for number, event in enumerate(events):
        is_observed = chance.random() < 0.5
        logger.setLevel("INFO" if is_observed else "CRITICAL")
        observability.measure = measure if is_observed else _measure_nothing
        is_sampled = is_observed and chance.random() < 1 / SAMPLED_EVERY
        os.environ["_X_AMZN_TRACE_ID"] = TRACE_HEADER if is_sampled else ""
        began = time.perf_counter()
        answer = app(event, context)
        spent = time.perf_counter() - began
        if answer["statusCode"] != 202:
            raise ContestError(f"an answer has the status {answer['statusCode']}")
        if number >= CANDIDATES:
            seconds["sampled" if is_sampled else "yes" if is_observed else "no"].append(spent)
    without = statistics.median(seconds["no"])
    added, added_sampled = (
        statistics.median(seconds[name]) - without for name in ("yes", "sampled")
    )
    mean = added + (added_sampled - added) / SAMPLED_EVERY
    return {
        "ms": mean * 1000,
        "sampled_ms": added_sampled * 1000,
        "percent": 100 * mean / without,
    }


def _measure_nothing(*_: object, **__: object) -> None:
    """Write no metric."""


@contextmanager
def _daemon() -> Iterator[None]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        os.environ["AWS_XRAY_DAEMON_ADDRESS"] = f"127.0.0.1:{listener.getsockname()[1]}"
        yield


@contextmanager
def _lines() -> Iterator[None]:
    with tempfile.TemporaryFile("w+") as log, redirect_stdout(log):
        yield
        log.seek(0)
        if not any('"_aws"' in line for line in log):
            raise ContestError("nothing was observed")
