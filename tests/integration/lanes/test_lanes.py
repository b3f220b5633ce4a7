"""The lane protocol on a real Valkey: order, leases, fencing, gates, waking."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from redis import Redis

from chalicelib.queue import (
    ClosedGate,
    Done,
    FollowUp,
    Lanes,
    Limits,
    NewJob,
    Retry,
    UnknownGate,
)
from tests.integration.lanes.steps import (
    Accept,
    claimed,
    fetch,
    new_job,
    pass_time,
    serve_all,
    settle,
)


def test_jobs_of_a_lane_are_served_in_order(lanes: Lanes, accept: Accept) -> None:
    ids = [f"job-{n}" for n in range(5)]
    assert [accept("ada", job_id).position for job_id in ids] == [1, 2, 3, 4, 5]
    claim = lanes.claim("drain")
    assert claimed(claim) == ids
    settle(lanes, claim, *[Done()] * 5)
    assert lanes.claim("drain").lanes == ()


def test_lanes_take_turns_and_one_that_is_alone_has_the_batch(lanes: Lanes, accept: Accept) -> None:
    lanes.limits = Limits(jobs_per_lane=1)
    for job_id in ("a1", "a2", "a3"):
        accept("ada", job_id)
    accept("bob", "b1")
    served = []
    while (claim := lanes.claim("drain")).lanes:
        served.append(claimed(claim))
        settle(lanes, claim, Done(), Done())
    assert served == [["a1", "b1"], ["a2", "a3"]]


def test_the_shortest_of_few_lanes_sets_the_turn(lanes: Lanes, accept: Accept) -> None:
    """Who has one job does not wait for ten of somebody else's."""
    for n in range(30):
        accept("ada", f"a{n}")
    accept("bob", "b0")
    assert claimed(lanes.claim("drain")) == ["a0", "b0"]


def test_among_many_lanes_a_turn_is_ten_jobs(lanes: Lanes) -> None:
    for owner in range(15):
        for n in range(12):
            lanes.accept(f"owner-{owner:02}", new_job(f"{owner:02}-{n}"))
    claim = lanes.claim("drain")
    assert [(lane.name[-2:], len(lane.jobs)) for lane in claim.lanes] == [
        (f"{owner:02}", 10) for owner in range(10)
    ]


def test_a_lane_that_is_alone_takes_what_is_done_in_a_short_time(
    lanes: Lanes, accept: Accept
) -> None:
    for n in range(200):
        accept("ada", f"a{n}")
    lanes.limits = Limits(turn=0.02)
    for seconds_each, taken in ((None, 100), (0.001, 20), (0.0001, 100), (1.0, 10)):
        lanes.redis.delete("{hl0}:pace:applications")
        if seconds_each is not None:
            accept("bob", f"b{seconds_each}")
            lanes.redis.zrem(lanes.ring, "applications:ada")
            lanes.settle(lanes.claim("drain"), [[Done()]], seconds=seconds_each)
            lanes.redis.zadd(lanes.ring, {"applications:ada": 0})
        claim = lanes.claim("drain")
        assert len(claim.jobs) == taken
        settle(lanes, claim)


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
    pass_time(lanes, 0.35)
    assert claimed(lanes.claim("second")) == ["a1", "a2"]


def test_a_stale_drain_cannot_settle(lanes: Lanes, accept: Accept, stock: Redis) -> None:
    accept("ada", "a1")
    stale = lanes.claim("first")
    pass_time(lanes, 0.35)
    newer = lanes.claim("second")
    assert settle(lanes, stale, Done("first")).stale == ("applications:ada",)
    assert settle(lanes, newer, Done("second")).stale == ()
    assert fetch(stock, "a1").return_value() == "second"


def test_a_drain_whose_lane_nobody_took_may_still_settle(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "a1")
    late = lanes.claim("first")
    pass_time(lanes, 0.35)
    assert settle(lanes, late, Done()).stale == ()
    assert lanes.claim("second").lanes == ()


def test_a_late_settle_takes_its_lane_out_of_the_ring(lanes: Lanes, accept: Accept) -> None:
    """The lease was over, another drain's claim put the lane back and had no room for it."""
    for owner, job_id in (("ada", "a1"), ("bob", "b1")):
        accept(owner, job_id)
    late = lanes.claim("late")
    pass_time(lanes, 60)
    lanes.limits = Limits(batch=1)
    other = lanes.claim("other")
    assert claimed(other) == ["a1"]
    assert settle(lanes, late, Done()).stale == ("applications:ada",)
    assert lanes.redis.zcard(lanes.ring) == 0
    assert settle(lanes, other, Done()).stale == ()


def test_jobs_moved_by_hand_are_settled_where_they_are(
    lanes: Lanes, accept: Accept, stock: Redis
) -> None:
    for job_id in ("a1", "a2", "a3", "a4"):
        accept("ada", job_id)
    lanes.limits = Limits(batch=2)
    claim = lanes.claim("drain")
    assert claimed(claim) == ["a1", "a2"]
    stock.linsert("{hl0}:queue:applications:ada", "BEFORE", "a1", "a4")
    stock.lrem("{hl0}:queue:applications:ada", -1, "a4")
    settle(lanes, claim, Done(), Done())
    assert stock.lrange("{hl0}:queue:applications:ada", 0, -1) == [b"a4", b"a3"]


def test_a_retry_holds_back_its_own_lane_in_order(lanes: Lanes, accept: Accept) -> None:
    for job_id in ("a1", "a2"):
        accept("ada", job_id)
    accept("bob", "b1")
    claim = lanes.claim("drain")
    assert [lane.name for lane in claim.lanes] == ["applications:ada", "applications:bob"]
    lanes.settle(claim, [[Retry(delay=0.2), Done()], [Done()]])
    assert lanes.claim("drain").lanes == ()
    pass_time(lanes, 0.25)
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
    assert serve_all(lanes) == ["a1", "b1", "other"]


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


def test_more_lanes_than_one_drain_serves_ask_for_more_up_to_the_most(
    lanes: Lanes, accept: Accept
) -> None:
    lanes.limits = Limits(drains=3, lanes_per_drain=2)
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


def test_an_empty_lane_leaves_nothing_but_results(
    lanes: Lanes, accept: Accept, stock: Redis
) -> None:
    lanes.limits = Limits(drains=1)
    drain_id = (accept("ada", "a1").wake or lanes.new_drain()).drain_id
    accept("ada", "a2")
    settle(lanes, lanes.claim(drain_id), Done({"stored": "a1"}), Done())
    lanes.claim(drain_id)
    left = {str(key, "ascii") for key in stock.scan_iter()}
    assert left == {
        "{hl0}:turns",
        "{hl0}:job:a1",
        "{hl0}:job:a2",
        "{hl0}:results:a1",
        "{hl0}:finished:applications:ada",
    }
    for key in left - {"{hl0}:turns"}:
        assert stock.ttl(key) > 0
