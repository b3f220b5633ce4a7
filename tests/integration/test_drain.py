"""The loop of a worker, on a real Valkey: failures of handlers, shortness of time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import RedisError
from rq.registry import FailedJobRegistry
from rq.serializers import JSONSerializer

from chalicelib.queue import (
    ClaimedJob,
    Done,
    Drained,
    Lanes,
    Limits,
    NewJob,
    Outcome,
    StoreUnavailable,
    drain,
)
from chalicelib.queue.drain import Handler


class Seen:
    """An observer that remembers."""

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

    def interrupted(self, error: RedisError) -> None:
        self.errors.append(error)


@pytest.fixture
def lanes(redis: Redis) -> Lanes:
    limits = Limits(lease=0.3, jobs_per_lane=3, stay=0)
    return Lanes(redis, "applications", limits=limits)


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def work(lanes: Lanes, seen: Seen) -> Callable[..., Drained]:
    def work(handler: Handler, remaining: float = 60.0) -> Drained:
        ends = time.monotonic() + remaining
        return drain(
            lanes,
            handler,
            drain_id="drain",
            remaining=lambda: ends - time.monotonic(),
            wake=lambda wake: None,
            observer=seen,
        )

    return work


def accept(lanes: Lanes, owner: str, *job_ids: str) -> None:
    for job_id in job_ids:
        lanes.accept(owner, NewJob(job_id, "f", {}, ""))


def ready_now(lanes: Lanes) -> None:
    """Let the time of a retry pass."""
    held: Any = lanes.redis.zrange(lanes.keys.delayed(lanes.kind), 0, -1)
    for lane in held:
        lanes.redis.zadd(lanes.keys.delayed(lanes.kind), {lane: 0})


def lease_over(lanes: Lanes) -> None:
    """Let the time of all leases pass, as if their holders stood still."""
    leased: Any = lanes.redis.zrange(lanes.keys.leases(lanes.kind), 0, -1)
    for lane in leased:
        lanes.redis.zadd(lanes.keys.leases(lanes.kind), {lane: 0})


def failing_on(*bad: str) -> Handler:
    def handler(jobs: Sequence[ClaimedJob], /) -> list[Outcome]:
        if any(job.id in bad for job in jobs):
            raise ValueError("poison")
        return [Done() for _ in jobs]

    return handler


def done(seen: Seen) -> list[str]:
    return [job_id for job_id, outcome in seen.outcomes if isinstance(outcome, Done)]


def test_a_poisoned_job_fails_alone_and_its_lane_waits(
    lanes: Lanes, seen: Seen, work: Callable[..., Drained]
) -> None:
    accept(lanes, "ada", "a1", "a2", "a3")
    accept(lanes, "bob", "b1", "b2")
    work(failing_on("a2"))
    assert sorted(done(seen)) == ["a1", "b1", "b2"]
    ready_now(lanes)
    assert [(job.id, job.attempts) for job in lanes.claim("next").jobs] == [("a2", 1), ("a3", 0)]


def test_after_five_attempts_a_job_is_a_dead_letter_and_its_lane_goes_on(
    lanes: Lanes, seen: Seen, work: Callable[..., Drained]
) -> None:
    accept(lanes, "ada", "a1", "a2")
    for _ in range(5):
        assert done(seen) == []
        work(failing_on("a1"))
        ready_now(lanes)
    assert done(seen) == ["a2"]
    dead = FailedJobRegistry("applications:ada", connection=lanes.redis, serializer=JSONSerializer)
    assert dead.get_job_ids() == ["a1"]


def test_a_store_that_is_down_costs_no_attempt(
    lanes: Lanes, seen: Seen, work: Callable[..., Drained]
) -> None:
    def handler(jobs: Sequence[ClaimedJob], /) -> list[Outcome]:
        raise StoreUnavailable("down")

    accept(lanes, "ada", "a1")
    for _ in range(7):
        work(handler)
        ready_now(lanes)
    [job] = lanes.claim("next").jobs
    assert (job.id, job.attempts) == ("a1", 0)
    assert len(seen.errors) == 7


def test_an_idle_drain_stays_while_a_lane_is_leased(
    lanes: Lanes, seen: Seen, work: Callable[..., Drained]
) -> None:
    lanes.limits = Limits(lease=0.3)
    accept(lanes, "ada", "a1")
    lanes.claim("died")
    work(failing_on())
    assert done(seen) == ["a1"]


def test_a_drain_without_time_left_claims_nothing_and_says_so(
    lanes: Lanes, seen: Seen, work: Callable[..., Drained]
) -> None:
    accept(lanes, "ada", "a1")
    drained = work(failing_on(), remaining=5.0)
    assert (drained.unfinished, drained.applied, drained.claims) == (True, 0, 0)
    assert [job.id for job in lanes.claim("next").jobs] == ["a1"]


def test_a_drain_that_was_too_slow_is_told(
    lanes: Lanes, seen: Seen, work: Callable[..., Drained]
) -> None:
    def handler(jobs: Sequence[ClaimedJob], /) -> list[Outcome]:
        lease_over(lanes)
        lanes.claim("other")
        return [Done() for _ in jobs]

    accept(lanes, "ada", "a1")
    drained = work(handler)
    assert seen.lost == ["applications:ada"]
    assert (drained.applied, done(seen)) == (0, [])


def test_a_handler_must_give_an_outcome_for_each_job(
    lanes: Lanes, seen: Seen, work: Callable[..., Drained]
) -> None:
    accept(lanes, "ada", "a1")
    work(lambda jobs: [])
    assert "0 outcomes for 1 jobs" in str(seen.errors[0])
    assert done(seen) == []
