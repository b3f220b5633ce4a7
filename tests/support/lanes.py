"""What the tests of the queue have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rq.job import Job
from rq.serializers import JSONSerializer

from chalicelib.queue import Accepted, Claim, ClaimedJob, Done, Lanes, NewJob, Outcome
from chalicelib.queue.lanes import Settled

Accept = Callable[..., Accepted]


def new_job(job_id: str) -> NewJob:
    """A job that a stock RQ worker can run too."""
    return NewJob(job_id, "tests.support.jobs.remember", {"job": job_id}, "a test's job")


def settle(lanes: Lanes, claim: Claim, *outcomes: Outcome) -> Settled:
    """Settle each lane of a claim with the same outcomes."""
    return lanes.settle(claim, [outcomes] * len(claim.lanes))


def claimed(claim: Claim) -> list[str]:
    """The ids of the jobs of a claim."""
    return [job.id for job in claim.jobs]


def serve_all(lanes: Lanes) -> list[str]:
    """Serve all that is ready, as one drain. Returns the ids of the jobs in the order served."""
    served: list[str] = []
    while (claim := lanes.claim("drain")).lanes:
        served += claimed(claim)
        settle(lanes, claim, *[Done()] * 100)
    return served


def fetch(connection: Any, job_id: str) -> Job:
    """A job as RQ reads it."""
    return Job.fetch(job_id, connection=connection, serializer=JSONSerializer)


def pass_time(lanes: Lanes, seconds: float) -> None:
    """Let all leases, delays and drains be this much nearer to their end, without waiting."""
    for key in (lanes.keys.leases, lanes.keys.delayed, lanes.keys.drains):
        name = key(lanes.kind)
        for member, ends_ms in lanes.redis.zrange(name, 0, -1, withscores=True):
            lanes.redis.zadd(name, {member: ends_ms - seconds * 1000})


class Seen:
    """An observer of a drain that remembers."""

    def __init__(self) -> None:
        self.outcomes: list[tuple[str, Outcome]] = []
        self.errors: list[Exception] = []
        self.lost: list[str] = []

    def settled(self, outcomes: Sequence[tuple[ClaimedJob, Outcome]]) -> None:
        self.outcomes += [(job.id, outcome) for job, outcome in outcomes]

    def failed(self, jobs: Sequence[ClaimedJob], error: Exception) -> None:
        self.errors.append(error)

    def stale(self, lanes: Sequence[str]) -> None:
        self.lost += lanes

    def interrupted(self, error: Exception) -> None:
        self.errors.append(error)

    @property
    def done(self) -> list[str]:
        """The ids of the jobs that were done, in order."""
        return [job_id for job_id, outcome in self.outcomes if isinstance(outcome, Done)]
