"""Our queue, with every feature that a request or a worker function uses.

Each job is accepted for an open gate, with an idempotency key, a fingerprint and a correlation id.
Its lane is leased with a fencing token while the job is handled. Its result is written where RQ
looks for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any

from redis import Redis

from benchmarks.contest import ContestError, Task, rate
from benchmarks.contestants import store
from benchmarks.payload import new_id, payload
from chalicelib.queue import AcceptedJob, AcceptRequest, ClaimedJob, Lanes, Limits, NewJob, Wake
from chalicelib.queue.worker import Claim, ClaimTimes, Done, Leases, Outcome, drain

KIND = "bench"
PREFIX = "{bench}"
GATE = "posting-0001"
LIMITS = Limits(max_lane_length=1_000_000)
FUNCTION = "benchmarks.contestants.rq_functions.noop"

Handler = Callable[[Sequence[ClaimedJob]], Sequence[Outcome]]


class StrictObserver:
    """An observer that raises on errors and ignores the rest."""

    def on_settled(self, outcomes: Sequence[tuple[ClaimedJob, Outcome]], times: ClaimTimes) -> None:
        """Ignore settled outcomes."""

    def on_handler_error(self, jobs: Sequence[ClaimedJob], error: Exception) -> None:
        """Fail, because a measurement with an error is worthless."""
        raise ContestError(f"the handler failed: {error!r}") from error

    def on_lease_lost(self, lanes: Sequence[str]) -> None:
        """Fail, because no other drain runs."""
        raise ContestError(f"lanes were lost: {lanes}")

    def on_redis_error(self, error: Exception) -> None:
        """Fail, because Redis did not answer."""
        raise ContestError(f"Redis did not answer: {error!r}") from error


def lanes(redis_url: str, prefix: str = PREFIX) -> Lanes:
    """Return the lanes of the benchmark, with room for its longest lane."""
    redis = Redis.from_url(redis_url, single_connection_client=True)
    opened = Lanes(redis, KIND, limits=LIMITS, prefix=prefix)
    opened.open_gate(GATE)
    return opened


def new_job(number: int, *, features: bool = True) -> NewJob:
    """Return job ``number``, like the API makes it."""
    job_id = new_id()
    correlation_id = job_id if features else ""
    return NewJob(job_id, FUNCTION, payload(number), "store an application", correlation_id)


def key_of(number: int) -> str:
    """Return the idempotency key of request ``number``, as long as a UUID."""
    return f"{number:036d}"


def request(owner: str, number: int, *, features: bool = True) -> AcceptRequest:
    """Return a request to accept job ``number``."""
    job = new_job(number, features=features)
    if not features:
        return AcceptRequest(owner, job)
    return AcceptRequest(owner, job, gate=GATE, idempotency_key=key_of(number), fingerprint=job.id)


def fill(opened: Lanes, requests: Iterable[AcceptRequest], batch: int = 100) -> int:
    """Accept all requests in batches. Returns how many were accepted.

    Raises:
        ContestError: a request was refused.
    """
    accepted = 0
    for some in batched(requests, batch):
        for answer in opened.accept_many(some):
            if not isinstance(answer, AcceptedJob):
                raise ContestError(f"not accepted: {answer!r}")
            accepted += 1
    return accepted


def spread(task: Task) -> Iterable[AcceptRequest]:
    """Return the requests of all owners, one job of each in turn."""
    for turn in range(task.jobs_each):
        for owner in range(task.owners):
            number = owner * task.jobs_each + turn
            yield request(f"candidate-{owner:06d}", number, features=task.features)


def noop(jobs: Sequence[ClaimedJob]) -> list[Outcome]:
    """Read the arguments and do nothing."""
    return [Done({"stored": job.kwargs()["number"]}) for job in jobs]


def store_many(jobs: Sequence[ClaimedJob]) -> list[Outcome]:
    """Store a batch with one insert_many. Its errors count, because no job comes twice here."""
    documents = [{"_id": job.id, **job.kwargs()} for job in jobs]
    store.collection().insert_many(documents, ordered=False)
    return [Done({"stored": document["number"]}) for document in documents]


def serve(
    leases: Leases,
    handler: Handler,
    *,
    remaining: Callable[[], float] = lambda: 600.0,
    observer: StrictObserver | None = None,
) -> int:
    """Run one drain to its end. Returns how many outcomes were stored."""
    return drain(
        leases,
        _FunctionHandler(handler),
        drain_id=new_id(),
        remaining=remaining,
        waker=_SilentWaker(),
        observer=observer or StrictObserver(),
    ).applied


@dataclass(frozen=True)
class _FunctionHandler:
    """A handler that calls a function, which has no deadline."""

    function: Handler

    def handle(self, jobs: Sequence[ClaimedJob], deadline: float = 0.0, /) -> Sequence[Outcome]:
        """Call the function."""
        return self.function(jobs)


class _SilentWaker:
    """A waker that starts nothing, because only one drain is measured."""

    def wake(self, wake: Wake) -> None:
        """Ignore the request for a second drain."""


def _drain(task: Task, handler: Handler) -> dict[str, Any]:
    fill(lanes(task.redis_url), spread(task))
    opened = lanes(task.drain_url or task.redis_url)
    began = time.perf_counter()
    applied = serve(Leases(opened), handler)
    return rate(applied, task.jobs, time.perf_counter() - began)


def drain_noop(task: Task) -> dict[str, Any]:
    """Drain jobs that do nothing."""
    return _drain(task, noop)


def drain_mongo(task: Task) -> dict[str, Any]:
    """Drain jobs whose documents are stored with one insert_many for each batch."""
    store.configure(task.mongodb_uri)
    measured = _drain(task, store_many)
    store.check(task.jobs)
    return measured


def accept_only(task: Task) -> dict[str, Any]:
    """Accept jobs one by one, each with its own idempotency key."""
    opened = lanes(task.redis_url)
    fill(opened, [request("warm", 0)])
    owners = [f"candidate-{owner:06d}" for owner in range(task.owners)]
    number = 0
    began = time.perf_counter()
    for _ in range(task.jobs_each):
        for owner in owners:
            job = new_job(number)
            opened.accept(
                AcceptRequest(
                    owner, job, gate=GATE, idempotency_key=key_of(number), fingerprint=job.id
                )
            )
            number += 1
    return rate(number, task.jobs, time.perf_counter() - began)


def accept(task: Task) -> dict[str, Any]:
    """Accept jobs one by one, then check that all of them are in their lanes."""
    measured = accept_only(task)
    return rate(serve(Leases(lanes(task.redis_url)), noop) - 1, task.jobs, measured["seconds"])


def accept_many(task: Task) -> dict[str, Any]:
    """Accept jobs in batches. The time includes preparing the jobs."""
    opened = lanes(task.redis_url)
    fill(opened, [request("warm", 0)])
    began = time.perf_counter()
    accepted = fill(opened, spread(task), task.batch)
    seconds = time.perf_counter() - began
    return rate(accepted, task.jobs, seconds)


def fill_only(task: Task) -> dict[str, Any]:
    """Fill the lanes, for measures of memory."""
    return {"jobs": fill(lanes(task.redis_url), spread(task))}


class _TimedLeases(Leases):
    """Leases that measure how long each claim takes."""

    def __init__(self, lanes: Lanes) -> None:
        super().__init__(lanes)
        self.claim_seconds: list[float] = []

    def claim(self, drain_id: str) -> Claim:
        began = time.perf_counter()
        claim = super().claim(drain_id)
        self.claim_seconds.append(time.perf_counter() - began)
        return claim


def drain_some(task: Task) -> dict[str, Any]:
    """Fill all lanes, drain ``repetitions`` of the jobs, and measure the time of each claim."""
    redis = Redis.from_url(task.redis_url, single_connection_client=True)
    opened = Lanes(redis, KIND, limits=LIMITS, prefix=PREFIX)
    leases = _TimedLeases(opened)
    opened.open_gate(GATE)
    began = time.perf_counter()
    accepted = fill(opened, spread(task))
    fill_seconds = time.perf_counter() - began
    used = int(redis.info("memory")["used_memory"])
    done = 0

    def handler(jobs: Sequence[ClaimedJob]) -> list[Outcome]:
        nonlocal done
        done += len(jobs)
        return noop(jobs)

    began = time.perf_counter()
    applied = serve(leases, handler, remaining=lambda: 0.0 if done >= task.repetitions else 600.0)
    measured = rate(applied, done, time.perf_counter() - began)
    claims = sorted(leases.claim_seconds)
    return {
        **measured,
        "waiting": accepted,
        "claim_ms_median": claims[len(claims) // 2] * 1000,
        "accept_many_per_second": accepted / fill_seconds,
        "used_memory": used,
    }
