"""Helpers for tests of the queue."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

from rq.job import Job
from rq.serializers import JSONSerializer

from chalicelib.queue import AcceptedJob, ClaimedJob, Lanes, NewJob, Wake
from chalicelib.queue.worker import Claim, ClaimTimes, Done, Leases, Outcome, SettleResult

Accept = Callable[..., AcceptedJob]


def new_job(job_id: str) -> NewJob:
    """Return a job that a stock RQ worker can run, too."""
    return NewJob(job_id, "tests.support.jobs.remember", {"job": job_id}, "a test's job")


def settle(lanes: Lanes, claim: Claim, *outcomes: Outcome) -> SettleResult:
    """Settle each lane of a claim with the same outcomes."""
    return Leases(lanes).settle(claim, [outcomes] * len(claim.lanes))


def claimed(claim: Claim) -> list[str]:
    """Return the ids of the jobs of a claim."""
    return [job.id for job in claim.jobs]


def serve_all(lanes: Lanes) -> list[str]:
    """Serve all ready lanes as one drain. Returns the job ids in the order in which they ran."""
    served: list[str] = []
    while (claim := Leases(lanes).claim("drain")).lanes:
        served += claimed(claim)
        settle(lanes, claim, *[Done()] * 100)
    return served


def fetch(connection: Any, job_id: str) -> Job:
    """Return a job as RQ reads it."""
    return Job.fetch(job_id, connection=connection, serializer=JSONSerializer)


def pass_time(lanes: Lanes, seconds: float) -> None:
    """Bring all leases, delays and drains nearer to their end, without waiting."""
    for key in (lanes.keys.leases, lanes.keys.delayed, lanes.keys.drains):
        name = key(lanes.kind)
        for member, ends_ms in lanes.redis.zrange(name, 0, -1, withscores=True):
            lanes.redis.zadd(name, {member: ends_ms - seconds * 1000})


@dataclass(frozen=True)
class FunctionHandler:
    """A handler that calls a function, which has no deadline."""

    function: Callable[[Sequence[ClaimedJob]], Sequence[Outcome]]

    def handle(self, jobs: Sequence[ClaimedJob], deadline: float = inf, /) -> Sequence[Outcome]:
        return self.function(jobs)


@dataclass(frozen=True)
class FunctionWaker:
    """A waker that calls a function."""

    wake: Callable[[Wake], None]


@dataclass(frozen=True)
class RecordingWaker:
    """A waker that starts nothing and records the drains to be woken."""

    wakes: list[Wake] = field(default_factory=list)

    def wake(self, wake: Wake) -> None:
        self.wakes.append(wake)


class RecordingObserver:
    """An observer that records what happens in a drain."""

    def __init__(self) -> None:
        self.outcomes: list[tuple[str, Outcome]] = []
        self.errors: list[Exception] = []
        self.lost: list[str] = []

    def on_settled(self, outcomes: Sequence[tuple[ClaimedJob, Outcome]], times: ClaimTimes) -> None:
        self.outcomes += [(job.id, outcome) for job, outcome in outcomes]

    def on_handler_error(self, jobs: Sequence[ClaimedJob], error: Exception) -> None:
        self.errors.append(error)

    def on_lease_lost(self, lanes: Sequence[str]) -> None:
        self.lost += lanes

    def on_redis_error(self, error: Exception) -> None:
        self.errors.append(error)

    @property
    def done(self) -> list[str]:
        """The ids of the jobs that were done, in order."""
        return [job_id for job_id, outcome in self.outcomes if isinstance(outcome, Done)]
