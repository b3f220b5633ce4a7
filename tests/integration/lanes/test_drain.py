"""The loop of a worker, on a real Valkey: failures of handlers, shortness of time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import pytest
from redis import Redis
from redis.cluster import RedisCluster

from chalicelib.queue import (
    ClaimedJob,
    DeadLetters,
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
from tests.integration.lanes.steps import Seen, pass_time

Work = Callable[..., Drained]


@pytest.fixture
def lanes(client: Redis | RedisCluster) -> Lanes:
    limits = Limits(lease=0.3, jobs_per_lane=3, stay=0)
    return Lanes(client, "applications", limits=limits)


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def work(lanes: Lanes, seen: Seen) -> Work:
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


def test_draining_costs_two_round_trips_for_a_hundred_jobs(
    lanes: Lanes, work: Work, stock: Redis
) -> None:
    """Counted by the server; what a script does inside it is no round trip."""
    lanes.limits = Limits(stay=0)
    accept(lanes, "owner", "warm")
    work(lambda jobs: [Done() for _ in jobs])  # connects, loads the scripts
    for number in range(1000):
        accept(lanes, f"owner-{number % 100}", f"job-{number}")
    with stock.monitor() as monitor:  # type: ignore[no-untyped-call]
        assert work(lambda jobs: [Done() for _ in jobs]).applied == 1000
        stock.echo("end")
        commands = []
        for command in monitor.listen():
            if command["command"].startswith("ECHO"):
                break
            if command["client_type"] != "lua":
                commands.append(command["command"].split()[0])
    # Ten times a claim and a settle, and the claim that finds nothing more.
    assert [name for name in commands if name == "EVALSHA"] == ["EVALSHA"] * 21
    # Of the test's own connection, which the monitor did not take.
    assert set(commands) <= {"EVALSHA", "HELLO", "CLIENT"}


def failing_on(*bad: str) -> Handler:
    def handler(jobs: Sequence[ClaimedJob], /) -> list[Outcome]:
        if any(job.id in bad for job in jobs):
            raise ValueError("poison")
        return [Done() for _ in jobs]

    return handler


def test_a_poisoned_job_fails_alone_and_its_lane_waits(
    lanes: Lanes, seen: Seen, work: Work
) -> None:
    accept(lanes, "ada", "a1", "a2", "a3")
    accept(lanes, "bob", "b1", "b2")
    work(failing_on("a2"))
    assert sorted(seen.done) == ["a1", "b1", "b2"]
    pass_time(lanes, 60)
    assert [(job.id, job.attempts) for job in lanes.claim("next").jobs] == [("a2", 1), ("a3", 0)]


def test_after_five_attempts_a_job_is_a_dead_letter_and_its_lane_goes_on(
    lanes: Lanes, seen: Seen, work: Work
) -> None:
    accept(lanes, "ada", "a1", "a2")
    for _ in range(5):
        assert seen.done == []
        work(failing_on("a1"))
        pass_time(lanes, 60)
    assert seen.done == ["a2"]
    assert [letter.id for letter in DeadLetters(lanes).newest()] == ["a1"]


def test_a_store_that_is_down_costs_no_attempt(lanes: Lanes, seen: Seen, work: Work) -> None:
    def handler(jobs: Sequence[ClaimedJob], /) -> list[Outcome]:
        raise StoreUnavailable("down")

    accept(lanes, "ada", "a1")
    for _ in range(7):
        work(handler)
        pass_time(lanes, 60)
    [job] = lanes.claim("next").jobs
    assert (job.id, job.attempts) == ("a1", 0)
    assert len(seen.errors) == 7


def test_an_idle_drain_stays_while_a_lane_is_leased(lanes: Lanes, seen: Seen, work: Work) -> None:
    lanes.limits = Limits(lease=0.3)
    accept(lanes, "ada", "a1")
    lanes.claim("died")
    work(failing_on())
    assert seen.done == ["a1"]


def test_a_drain_without_time_left_claims_nothing_and_says_so(
    lanes: Lanes, seen: Seen, work: Work
) -> None:
    accept(lanes, "ada", "a1")
    drained = work(failing_on(), remaining=5.0)
    assert (drained.unfinished, drained.applied, drained.claims) == (True, 0, 0)
    assert [job.id for job in lanes.claim("next").jobs] == ["a1"]


def test_a_drain_that_was_too_slow_is_told(lanes: Lanes, seen: Seen, work: Work) -> None:
    def handler(jobs: Sequence[ClaimedJob], /) -> list[Outcome]:
        pass_time(lanes, 60)
        lanes.claim("other")
        return [Done() for _ in jobs]

    accept(lanes, "ada", "a1")
    drained = work(handler)
    assert seen.lost == ["applications:ada"]
    assert (drained.applied, seen.done) == (0, [])


def test_a_handler_must_give_an_outcome_for_each_job(lanes: Lanes, seen: Seen, work: Work) -> None:
    accept(lanes, "ada", "a1")
    work(lambda jobs: [])
    assert "0 outcomes for 1 jobs" in str(seen.errors[0])
    assert seen.done == []
