"""Positions of jobs: the state of the lane, jobs ahead, waiting time."""

from __future__ import annotations

import random

import pytest

from chalicelib.queue import AcceptRequest, JobPosition, Lanes, Limits
from chalicelib.queue.worker import Done, Leases, Retry
from tests.support.lanes import Accept, claimed, new_job, pass_time, serve_all, settle


def position(lanes: Lanes, job_id: str) -> JobPosition:
    found = lanes.position(job_id)
    assert found is not None
    return found


def test_jobs_ahead_equal_the_order_of_service(lanes: Lanes, accept: Accept) -> None:
    """For jobs at the head, in the middle and at the end of long and short lanes."""
    lanes.limits = Limits(jobs_per_lane=3)
    lengths = {"ada": 12, "bob": 1, "cyd": 7, "dan": 4, "eve": 9}
    jobs = [f"{owner}-{n}" for owner, length in lengths.items() for n in range(length)]
    for job_id in jobs:
        accept(job_id.partition("-")[0], job_id)
    ahead_of = {job_id: position(lanes, job_id).ahead for job_id in jobs}
    order: list[str] = []
    while (claim := Leases(lanes).claim("drain")).lanes:
        order += claimed(claim)
        settle(lanes, claim, *[Done()] * 100)
    assert ahead_of == {job_id: order.index(job_id) for job_id in jobs}


@pytest.mark.cluster
def test_position_counts_jobs_of_the_own_lane(lanes: Lanes, accept: Accept) -> None:
    for job_id in ("a1", "a2", "a3"):
        accept("ada", job_id)
    assert [position(lanes, job_id).position for job_id in ("a1", "a2", "a3")] == [1, 2, 3]


def test_estimate_beyond_200_lanes_is_exact_for_equal_lanes(lanes: Lanes) -> None:
    for n in range(500):
        lanes.accept(AcceptRequest(f"candidate-{n}", new_job(f"job-{n}")))
    assert [position(lanes, f"job-{n}").ahead for n in (0, 100, 499)] == [0, 100, 499]


def fill_lanes(lanes: Lanes, lengths: list[int]) -> list[str]:
    """Accept as many jobs for each owner, owner by owner. Returns the job ids."""
    requests = [
        AcceptRequest(f"owner-{owner}", new_job(f"{owner}-{number}"))
        for owner, length in enumerate(lengths)
        for number in range(length)
    ]
    lanes.accept_many(requests)
    return [request.job.id for request in requests]


def test_up_to_200_lanes_are_counted_exactly(lanes: Lanes) -> None:
    job_ids = fill_lanes(lanes, [1 + owner % 4 for owner in range(200)])
    expected = {job_id: position(lanes, job_id).ahead for job_id in job_ids[::25]}
    order = serve_all(lanes)
    assert expected == {job_id: order.index(job_id) for job_id in expected}


def test_estimate_beyond_200_lanes_has_a_bounded_error(lanes: Lanes) -> None:
    """The lanes at the head are short and those at the end are long, with noise."""
    chance = random.Random(12)  # noqa: S311 - the same lengths in every run
    job_ids = fill_lanes(lanes, [1 + owner // 60 + chance.randrange(12) for owner in range(600)])
    expected = {job_id: position(lanes, job_id).ahead for job_id in job_ids[::97]}
    order = serve_all(lanes)
    errors = [abs(ahead - order.index(job_id)) for job_id, ahead in expected.items()]
    assert max(errors) < len(job_ids) * 0.1


def test_estimate_puts_a_delayed_lane_at_the_end(lanes: Lanes) -> None:
    fill_lanes(lanes, [2] * 300)
    lanes.accept(AcceptRequest("late", new_job("late")))
    lanes.redis.zrem(lanes.ring, "applications:late")
    lanes.redis.zadd(lanes.keys.delayed(lanes.kind), {"applications:late": 2e15})
    assert (position(lanes, "late").state, position(lanes, "late").ahead) == ("delayed", 600)


def test_position_has_the_state_of_the_lane(lanes: Lanes, accept: Accept) -> None:
    for owner, job_id in (("ada", "a1"), ("bob", "b1")):
        accept(owner, job_id)
    lanes.limits = Limits(batch_size=1)
    held = Leases(lanes).claim("drain")
    assert (position(lanes, "a1").state, position(lanes, "b1").state) == ("leased", "waiting")
    settle(lanes, held, Retry(delay=30))
    assert position(lanes, "a1").state == "delayed"


@pytest.mark.parametrize("job_id", ["done", "unknown"])
def test_job_that_does_not_wait_has_no_position(lanes: Lanes, accept: Accept, job_id: str) -> None:
    accept("ada", "done")
    settle(lanes, Leases(lanes).claim("drain"), Done())
    assert lanes.position(job_id) is None


def test_waiting_time_follows_the_measured_pace(lanes: Lanes, accept: Accept) -> None:
    lanes.limits = Limits(max_drains=1)
    wake = accept("ada", "a0").wake
    assert wake is not None
    assert position(lanes, "a0").seconds is None
    claim = Leases(lanes).claim(wake.drain_id)
    Leases(lanes).settle(claim, [[Done()]], seconds=2.0)
    for n in range(1, 6):
        accept("ada", f"a{n}")
    assert position(lanes, "a5").seconds == pytest.approx(5 * 2.0)


def test_delay_is_part_of_the_waiting_time(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "a1")
    Leases(lanes).settle(Leases(lanes).claim("drain"), [[Retry(delay=30)]], seconds=1.0)
    assert (position(lanes, "a1").seconds or 0) > 29


def test_waiting_time_is_unknown_during_an_outage(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "a1")
    accept("bob", "b1")
    claim = Leases(lanes).claim("drain")
    Leases(lanes).settle(claim, [[Done()], []], seconds=0.003)
    held = Leases(lanes).claim("drain")
    assert position(lanes, "b1").seconds is not None
    outage = [[Retry("the database is down", 5.0, counts=False)]]
    Leases(lanes).settle(held, outage, seconds=2.0)
    assert (position(lanes, "b1").state, position(lanes, "b1").seconds) == ("delayed", None)
    pass_time(lanes, 5)
    again = Leases(lanes).claim("drain")
    assert (position(lanes, "b1").state, position(lanes, "b1").seconds) == ("leased", None)
    Leases(lanes).settle(again, [[Done()]], seconds=0.003)
    accept("ada", "a2")
    assert position(lanes, "a2").seconds is not None


def test_position_wakes_a_drain_if_none_runs(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "a1")
    assert position(lanes, "a1").wake is None  # accept registered a drain
    pass_time(lanes, 60)  # the drain never started
    assert position(lanes, "a1").wake is not None
    assert position(lanes, "a1").wake is None
