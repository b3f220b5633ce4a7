"""The lane protocol on a real Valkey: order, leases, fencing, gates, waking."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from redis import Redis
from rq import Queue, SimpleWorker
from rq.job import Job, JobStatus
from rq.registry import FailedJobRegistry, FinishedJobRegistry
from rq.serializers import JSONSerializer

from chalicelib.queue import (
    Accepted,
    Claim,
    ClosedGate,
    Dead,
    Done,
    FollowUp,
    Lanes,
    Limits,
    NewJob,
    Outcome,
    Retry,
    UnknownGate,
)
from chalicelib.queue.lanes import Settled

Accept = Callable[..., Accepted]


@pytest.fixture
def lanes(redis: Redis) -> Lanes:
    return Lanes(redis, "applications", limits=Limits(lease=0.3))


@pytest.fixture
def accept(lanes: Lanes) -> Accept:
    def accept(owner: str, job_id: str, **options: Any) -> Accepted:
        job = NewJob(job_id, "tests.integration.jobs.remember", {"job": job_id}, "a test's job")
        return lanes.accept(owner, job, **options)

    return accept


def settle(lanes: Lanes, claim: Claim, *outcomes: Outcome) -> Settled:
    """Settle each lane of a claim with the same outcomes."""
    return lanes.settle(claim, [outcomes] * len(claim.lanes))


def claimed(claim: Claim) -> list[str]:
    return [job.id for job in claim.jobs]


def in_rq(redis: Redis, job_id: str) -> Job:
    return Job.fetch(job_id, connection=redis, serializer=JSONSerializer)


def test_jobs_of_a_lane_are_served_in_order(lanes: Lanes, accept: Accept) -> None:
    ids = [f"job-{n}" for n in range(5)]
    assert [accept("ada", job_id).position for job_id in ids] == [1, 2, 3, 4, 5]
    claim = lanes.claim("drain")
    assert claimed(claim) == ids
    settle(lanes, claim, *[Done()] * 5)
    assert lanes.claim("drain").lanes == ()


def test_lanes_take_turns_and_one_that_is_alone_has_the_batch(redis: Redis, accept: Accept) -> None:
    lanes = Lanes(redis, "applications", limits=Limits(jobs_per_lane=1))
    for job_id in ("a1", "a2", "a3"):
        accept("ada", job_id)
    accept("bob", "b1")
    served = []
    while (claim := lanes.claim("drain")).lanes:
        served.append(claimed(claim))
        settle(lanes, claim, Done(), Done())
    assert served == [["a1", "b1"], ["a2", "a3"]]


def test_a_lane_is_leased_to_one_drain_at_a_time(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "a1")
    assert claimed(lanes.claim("first")) == ["a1"]
    accept("ada", "a2")
    assert lanes.claim("second").lanes == ()


def test_a_lease_that_runs_out_gives_the_same_jobs_again(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "a1")
    accept("ada", "a2")
    assert claimed(lanes.claim("first")) == ["a1", "a2"]
    assert 0 < (lanes.claim("second").next_due or 0) <= 0.3
    time.sleep(0.35)
    assert claimed(lanes.claim("second")) == ["a1", "a2"]


def test_a_stale_drain_cannot_settle(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "a1")
    stale = lanes.claim("first")
    time.sleep(0.35)
    newer = lanes.claim("second")
    assert settle(lanes, stale, Done("first")).stale == ("applications:ada",)
    assert settle(lanes, newer, Done("second")).stale == ()
    assert in_rq(lanes.redis, "a1").return_value() == "second"


def test_a_drain_whose_lane_nobody_took_may_still_settle(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "a1")
    late = lanes.claim("first")
    time.sleep(0.35)
    assert settle(lanes, late, Done()).stale == ()
    assert lanes.claim("second").lanes == ()


def test_a_retry_holds_back_its_own_lane_in_order(lanes: Lanes, accept: Accept) -> None:
    for job_id in ("a1", "a2"):
        accept("ada", job_id)
    accept("bob", "b1")
    claim = lanes.claim("drain")
    assert [lane.name for lane in claim.lanes] == ["applications:ada", "applications:bob"]
    lanes.settle(claim, [[Retry(delay=0.2), Done()], [Done()]])
    assert lanes.claim("drain").lanes == ()
    time.sleep(0.25)
    again = lanes.claim("drain")
    assert [(job.id, job.attempts) for job in again.jobs] == [("a1", 1), ("a2", 0)]


def test_jobs_without_an_outcome_stay(lanes: Lanes, accept: Accept) -> None:
    for job_id in ("a1", "a2", "a3"):
        accept("ada", job_id)
    settle(lanes, lanes.claim("drain"), Done())
    assert claimed(lanes.claim("drain")) == ["a2", "a3"]


def test_the_same_once_is_accepted_once(lanes: Lanes, accept: Accept) -> None:
    first = accept("ada", "a1", once="posting")
    accept("ada", "other")
    again = accept("ada", "a2", once="posting")
    assert again == replace(first, repeat=True, wake=again.wake)
    assert accept("bob", "b1", once="posting").repeat is False
    assert sorted(claimed(lanes.claim("drain"))) == ["a1", "b1", "other"]


def test_a_gate_decides_at_the_time_of_accept(lanes: Lanes, accept: Accept) -> None:
    with pytest.raises(UnknownGate):
        accept("ada", "a1", gate="posting")
    lanes.open_gate("posting", datetime.now(UTC) + timedelta(seconds=0.3))
    accept("ada", "a1", gate="posting")
    time.sleep(0.35)
    with pytest.raises(ClosedGate):
        accept("ada", "a2", gate="posting")
    lanes.open_gate("posting")
    accept("ada", "a3", gate="posting")
    assert claimed(lanes.claim("drain")) == ["a1", "a3"]


def test_a_burst_asks_for_one_drain(lanes: Lanes, accept: Accept) -> None:
    woken = [accept(f"candidate-{n}", f"job-{n}").wake for n in range(20)]
    assert [bool(wake) for wake in woken] == [True] + [False] * 19


def test_more_lanes_than_one_drain_serves_ask_for_more_up_to_the_most(
    redis: Redis, accept: Accept
) -> None:
    lanes = Lanes(redis, "applications", limits=Limits(drains=3, lanes_per_drain=2))
    woken = [
        lanes.accept(f"candidate-{n}", NewJob(f"job-{n}", "f", {}, "")).wake for n in range(12)
    ]
    assert [n for n, wake in enumerate(woken) if wake] == [0, 2, 4]


def test_a_drain_that_found_nothing_is_replaced_at_once(lanes: Lanes, accept: Accept) -> None:
    """The end of a drain and the accept that needs the next one cannot miss each other."""
    lanes.limits = Limits(drains=1)
    first = (accept("ada", "a1").wake or lanes.new_drain()).drain_id
    settle(lanes, lanes.claim(first), Done())
    assert accept("bob", "b1").wake is None  # it is still running and will come by
    settle(lanes, lanes.claim(first), Done())
    assert lanes.claim(first).lanes == ()
    assert accept("bob", "b2").wake


def test_a_drain_that_never_started_is_replaced_after_a_grace(redis: Redis, accept: Accept) -> None:
    lanes = Lanes(redis, "applications", limits=Limits(start_grace=0.2))
    assert lanes.accept("ada", NewJob("a1", "f", {}, "")).wake
    time.sleep(0.25)
    assert lanes.accept("bob", NewJob("b1", "f", {}, "")).wake


def test_repeating_what_is_still_not_served_wakes_one_more(lanes: Lanes, accept: Accept) -> None:
    """The first caller may have died before it woke anyone, or not have heard the answer."""
    assert accept("ada", "a1", once="posting").wake
    again = accept("ada", "a2", once="posting").wake
    assert again
    settle(lanes, lanes.claim(again.drain_id), Done())
    assert accept("ada", "a3", once="posting").wake is None


def test_follow_ups_are_queued_with_the_settling(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "a1")
    mail = FollowUp("mail", "ada", NewJob("mail-a1", "f", {"text": "é" * 2000}, "", "c"))
    claim = lanes.claim("drain")
    assert [wake.kind for wake in settle(lanes, claim, Done(None, (mail,))).wake] == ["mail"]
    [job] = Lanes(lanes.redis, "mail").claim("mailer").jobs
    assert (job.id, job.kwargs(), job.correlation_id) == ("mail-a1", {"text": "é" * 2000}, "c")


def test_rq_reads_what_waits(lanes: Lanes, accept: Accept, redis: Redis) -> None:
    accepted = accept("ada", "a1")
    queue = Queue("applications:ada", connection=redis, serializer=JSONSerializer)
    assert Queue.all(connection=redis) == [queue]
    assert queue.job_ids == ["a1"]
    job = in_rq(redis, "a1")
    assert job.get_status() is JobStatus.QUEUED
    assert (job.func_name, job.kwargs) == ("tests.integration.jobs.remember", {"job": "a1"})
    assert job.origin == "applications:ada"
    assert job.enqueued_at is not None
    assert abs(job.enqueued_at - accepted.accepted_at) < timedelta(milliseconds=1)


def test_rq_reads_what_is_done(lanes: Lanes, accept: Accept, redis: Redis) -> None:
    accept("ada", "a1")
    settle(lanes, lanes.claim("drain"), Done({"stored": "a1"}))
    job = in_rq(redis, "a1")
    assert job.get_status() is JobStatus.FINISHED
    assert job.return_value() == {"stored": "a1"}
    registry = FinishedJobRegistry("applications:ada", connection=redis, serializer=JSONSerializer)
    assert registry.get_job_ids() == ["a1"]
    assert Queue.all(connection=redis) == []


def test_rq_reads_a_dead_letter(lanes: Lanes, accept: Accept, redis: Redis) -> None:
    accept("ada", "a1")
    accept("ada", "a2")
    settle(lanes, lanes.claim("drain"), Dead("ValueError: no"), Done())
    assert in_rq(redis, "a1").get_status() is JobStatus.FAILED
    result = in_rq(redis, "a1").latest_result()
    assert result is not None
    assert result.exc_string == "ValueError: no"
    registry = FailedJobRegistry("applications:ada", connection=redis, serializer=JSONSerializer)
    assert registry.get_job_ids() == ["a1"]
    assert in_rq(redis, "a2").get_status() is JobStatus.FINISHED


def test_a_stock_rq_worker_runs_what_we_accept(accept: Accept, redis: Redis) -> None:
    accept("ada", "a1")
    queue = Queue("applications:ada", connection=redis, serializer=JSONSerializer)
    worker = SimpleWorker([queue], connection=redis, serializer=JSONSerializer)
    assert worker.work(burst=True, logging_level="ERROR")
    assert in_rq(redis, "a1").return_value() == "remembered a1"


def test_a_job_deleted_through_rq_is_passed_over(
    lanes: Lanes, accept: Accept, redis: Redis
) -> None:
    accept("ada", "a1")
    accept("ada", "a2")
    redis.delete("{hl0}:job:a1")
    claim = lanes.claim("drain")
    assert claimed(claim) == ["a2"]
    settle(lanes, claim, Done())
    assert redis.llen("{hl0}:queue:applications:ada") == 0


def test_an_empty_lane_leaves_nothing_but_results(
    lanes: Lanes, accept: Accept, redis: Redis
) -> None:
    lanes.limits = Limits(drains=1)
    drain_id = (accept("ada", "a1").wake or lanes.new_drain()).drain_id
    accept("ada", "a2")
    settle(lanes, lanes.claim(drain_id), Done({"stored": "a1"}), Done())
    lanes.claim(drain_id)
    left = {str(key, "ascii") for key in redis.scan_iter()}
    assert left == {
        "{hl0}:turns",
        "{hl0}:job:a1",
        "{hl0}:job:a2",
        "{hl0}:results:a1",
        "{hl0}:finished:applications:ada",
    }
    for key in left - {"{hl0}:turns"}:
        assert redis.ttl(key) > 0
