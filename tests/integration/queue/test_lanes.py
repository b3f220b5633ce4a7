"""The protocol of the lanes on a real Valkey: order, leases, fencing, gates, wakes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from redis import Redis
from redis.exceptions import OutOfMemoryError

from chalicelib.queue import (
    AcceptRequest,
    GateClosed,
    Lanes,
    Limits,
    NewJob,
    UnknownGate,
    UnreadableJob,
)
from chalicelib.queue.admin import DeadLetters, Reconciler
from chalicelib.queue.worker import Dead, Done, FollowUp, Leases, Outcome, Retry
from tests.support.lanes import (
    Accept,
    claimed,
    fetch,
    new_job,
    pass_time,
    serve_all,
    settle,
)


@pytest.mark.cluster
def test_jobs_of_a_lane_are_served_in_order(lanes: Lanes, accept: Accept) -> None:
    ids = [f"job-{n}" for n in range(5)]
    assert [accept("ada", job_id).position for job_id in ids] == [1, 2, 3, 4, 5]
    claim = Leases(lanes).claim("drain")
    assert claimed(claim) == ids
    settle(lanes, claim, *[Done()] * 5)
    assert Leases(lanes).claim("drain").lanes == ()


def test_lanes_take_turns_and_a_single_lane_gets_the_batch(lanes: Lanes, accept: Accept) -> None:
    lanes.limits = Limits(jobs_per_lane=1)
    for job_id in ("a1", "a2", "a3"):
        accept("ada", job_id)
    accept("bob", "b1")
    served = []
    while (claim := Leases(lanes).claim("drain")).lanes:
        served.append(claimed(claim))
        settle(lanes, claim, Done(), Done())
    assert served == [["a1", "b1"], ["a2", "a3"]]


def test_shortest_of_few_lanes_sets_the_jobs_per_turn(lanes: Lanes, accept: Accept) -> None:
    """An owner with one job does not wait for ten jobs of another owner."""
    for n in range(30):
        accept("ada", f"a{n}")
    accept("bob", "b0")
    assert claimed(Leases(lanes).claim("drain")) == ["a0", "b0"]


def test_turn_among_many_lanes_is_ten_jobs(lanes: Lanes) -> None:
    for owner in range(15):
        for n in range(12):
            lanes.accept(AcceptRequest(f"owner-{owner:02}", new_job(f"{owner:02}-{n}")))
    claim = Leases(lanes).claim("drain")
    assert [(lane.name[-2:], len(lane.jobs)) for lane in claim.lanes] == [
        (f"{owner:02}", 10) for owner in range(10)
    ]


def test_single_lane_gets_the_jobs_of_a_short_time(lanes: Lanes, accept: Accept) -> None:
    for n in range(200):
        accept("ada", f"a{n}")
    lanes.limits = Limits(single_lane_seconds=0.02)
    for seconds_each, taken in ((None, 100), (0.001, 20), (0.0001, 100), (1.0, 10)):
        lanes.redis.delete("{hl0}:pace:applications")
        if seconds_each is not None:
            accept("bob", f"b{taken}-{round(seconds_each * 10000)}")
            lanes.redis.zrem(lanes.ring, "applications:ada")
            Leases(lanes).settle(Leases(lanes).claim("drain"), [[Done()]], seconds=seconds_each)
            lanes.redis.zadd(lanes.ring, {"applications:ada": 0})
        claim = Leases(lanes).claim("drain")
        assert len(claim.jobs) == taken
        settle(lanes, claim)


def test_lane_is_leased_to_one_drain_at_a_time(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "a1")
    assert claimed(Leases(lanes).claim("first")) == ["a1"]
    accept("ada", "a2")
    assert Leases(lanes).claim("second").lanes == ()


def test_expired_lease_returns_the_same_jobs(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "a1")
    accept("ada", "a2")
    assert claimed(Leases(lanes).claim("first")) == ["a1", "a2"]
    assert 0 < (Leases(lanes).claim("second").next_due or 0) <= 0.3
    pass_time(lanes, 0.35)
    assert claimed(Leases(lanes).claim("second")) == ["a1"]
    pass_time(lanes, 0.35)
    again = Leases(lanes).claim("third")
    assert ([lane.crashes for lane in again.lanes], claimed(again)) == ([2], ["a1"])
    settle(lanes, again)
    after = Leases(lanes).claim("fourth")
    assert ([lane.crashes for lane in after.lanes], claimed(after)) == ([0], ["a1", "a2"])


def test_suspect_lanes_are_served_apart(lanes: Lanes, accept: Accept) -> None:
    """Suspect lanes and other lanes keep their turns."""
    lanes.limits = Limits(batch_size=6)
    for owner in ("ada", "bob", "cyd"):
        accept(owner, f"{owner}-1")
        accept(owner, f"{owner}-2")
    Leases(lanes).claim("died")
    pass_time(lanes, 60)
    Leases(lanes).claim("finds the expired lease")  # claims ada and bob
    accept("dan", "dan-1")
    accept("eve", "eve-1")
    pass_time(lanes, 60)  # the first time for cyd, the second time for ada and bob
    served = []
    while (claim := Leases(lanes).claim("drain")).lanes:
        served.append([(job.id, lane.crashes) for lane in claim.lanes for job in lane.jobs])
        settle(lanes, claim, *[Done()] * 100)
    assert served == [
        [("cyd-1", 1)],
        [("dan-1", 0), ("eve-1", 0), ("cyd-2", 0)],
        [("ada-1", 2)],
        [("bob-1", 2)],
        [("ada-2", 0), ("bob-2", 0)],
    ]


def test_lanes_that_crashed_once_share_a_third_of_a_batch(lanes: Lanes) -> None:
    for n in range(100):
        lanes.accept(AcceptRequest(f"owner-{n:02}", new_job(f"job-{n:02}")))
    assert len(Leases(lanes).claim("died").jobs) == 100
    pass_time(lanes, 60)
    assert len(Leases(lanes).claim("drain").jobs) == 34


def test_claim_handles_at_most_200_lanes(lanes: Lanes) -> None:
    """Redis serves nobody else while a script runs. The other lanes come with the next claims."""
    lanes.limits = Limits(batch_size=1000)
    lanes.accept_many([AcceptRequest(f"owner-{n}", new_job(f"job-{n}")) for n in range(450)])
    leases = Leases(lanes)
    held = [leases.claim(f"drain-{n}") for n in range(3)]
    assert [len(claim.lanes) for claim in held] == [200, 200, 50]
    pass_time(lanes, 60)
    served: set[str] = set()
    while len(served) < 450:
        expired = lanes.redis.zcard(lanes.keys.leases(lanes.kind))
        claim = leases.claim("drain")
        returned = expired - lanes.redis.zcard(lanes.keys.leases(lanes.kind)) + len(claim.lanes)
        assert claim.lanes
        assert returned <= 200
        served.update(claimed(claim))
        settle(lanes, claim, Done())


def test_suspect_lane_that_was_emptied_is_not_suspect(
    lanes: Lanes, accept: Accept, stock: Redis
) -> None:
    accept("ada", "a1")
    Leases(lanes).claim("died")
    stock.delete("{hl0}:queue:applications:ada")
    pass_time(lanes, 60)
    assert Leases(lanes).claim("drain").lanes == ()
    assert stock.exists("{hl0}:crashes:applications") == 0


@pytest.mark.cluster
def test_stale_token_settles_nothing(lanes: Lanes, accept: Accept, stock: Redis) -> None:
    accept("ada", "a1")
    stale = Leases(lanes).claim("first")
    pass_time(lanes, 0.35)
    newer = Leases(lanes).claim("second")
    assert settle(lanes, stale, Done("first")).stale == ("applications:ada",)
    assert settle(lanes, newer, Done("second")).stale == ()
    assert fetch(stock, "a1").return_value() == "second"


def test_expired_lease_settles_if_no_drain_took_the_lane(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "a1")
    late = Leases(lanes).claim("first")
    pass_time(lanes, 0.35)
    assert settle(lanes, late, Done()).stale == ()
    assert Leases(lanes).claim("second").lanes == ()


def test_late_settle_removes_its_lane_from_the_ring(lanes: Lanes, accept: Accept) -> None:
    """The lease expired, and another claim returned the lane to the ring and had no room for it."""
    for owner, job_id in (("ada", "a1"), ("bob", "b1")):
        accept(owner, job_id)
    late = Leases(lanes).claim("late")
    pass_time(lanes, 60)
    lanes.limits = Limits(batch_size=1)
    other = Leases(lanes).claim("other")
    assert claimed(other) == ["a1"]
    assert settle(lanes, late, Done()).stale == ("applications:ada",)
    assert lanes.redis.zcard(lanes.ring) == 0
    assert settle(lanes, other, Done()).stale == ()


def test_jobs_moved_by_hand_are_settled_where_they_are(
    lanes: Lanes, accept: Accept, stock: Redis
) -> None:
    for job_id in ("a1", "a2", "a3", "a4"):
        accept("ada", job_id)
    lanes.limits = Limits(batch_size=2)
    claim = Leases(lanes).claim("drain")
    assert claimed(claim) == ["a1", "a2"]
    stock.linsert("{hl0}:queue:applications:ada", "BEFORE", "a1", "a4")
    stock.lrem("{hl0}:queue:applications:ada", -1, "a4")
    settle(lanes, claim, Done(), Done())
    assert stock.lrange("{hl0}:queue:applications:ada", 0, -1) == [b"a4", b"a3"]


def test_retry_delays_only_its_own_lane(lanes: Lanes, accept: Accept) -> None:
    for job_id in ("a1", "a2"):
        accept("ada", job_id)
    accept("bob", "b1")
    claim = Leases(lanes).claim("drain")
    assert [lane.name for lane in claim.lanes] == ["applications:ada", "applications:bob"]
    Leases(lanes).settle(claim, [[Retry(delay=0.2), Done()], [Done()]])
    assert Leases(lanes).claim("drain").lanes == ()
    pass_time(lanes, 0.25)
    again = Leases(lanes).claim("drain")
    assert [(job.id, job.attempts) for job in again.jobs] == [("a1", 1), ("a2", 0)]


def test_jobs_without_an_outcome_stay(lanes: Lanes, accept: Accept) -> None:
    for job_id in ("a1", "a2", "a3"):
        accept("ada", job_id)
    settle(lanes, Leases(lanes).claim("drain"), Done())
    assert claimed(Leases(lanes).claim("drain")) == ["a2", "a3"]


def test_deduplication_key_is_accepted_once(lanes: Lanes, accept: Accept) -> None:
    first = accept("ada", "a1", deduplication_key="posting")
    accept("ada", "other")
    again = accept("ada", "a2", deduplication_key="posting")
    assert again == replace(first, repeated=True, is_duplicate=True, wake=again.wake)
    assert accept("bob", "b1", deduplication_key="posting").repeated is False
    assert serve_all(lanes) == ["a1", "b1", "other"]


def test_gate_is_checked_at_the_time_of_accept(lanes: Lanes, accept: Accept) -> None:
    with pytest.raises(UnknownGate):
        accept("ada", "a1", gate="posting")
    lanes.open_gate("posting", datetime.now(UTC) + timedelta(hours=1))
    accept("ada", "a1", gate="posting")
    lanes.open_gate("posting", datetime.now(UTC) - timedelta(milliseconds=1))
    with pytest.raises(GateClosed):
        accept("ada", "a2", gate="posting")
    lanes.open_gate("posting")
    accept("ada", "a3", gate="posting")
    assert claimed(Leases(lanes).claim("drain")) == ["a1", "a3"]


def test_more_lanes_need_more_drains_up_to_the_maximum(lanes: Lanes, accept: Accept) -> None:
    lanes.limits = Limits(max_drains=3, lanes_per_drain=2)
    woken = [
        lanes.accept(AcceptRequest(f"candidate-{n}", NewJob(f"job-{n}", "f", {}, ""))).wake
        for n in range(12)
    ]
    assert [n for n, wake in enumerate(woken) if wake] == [0, 2, 4]


def test_drain_that_got_nothing_is_replaced_at_once(lanes: Lanes, accept: Accept) -> None:
    """A job that is accepted while a drain ends cannot be missed by both."""
    lanes.limits = Limits(max_drains=1)
    first = (accept("ada", "a1").wake or lanes.new_drain()).drain_id
    settle(lanes, Leases(lanes).claim(first), Done())
    assert accept("bob", "b1").wake is None  # the drain still runs and claims again
    settle(lanes, Leases(lanes).claim(first), Done())
    assert Leases(lanes).claim(first).lanes == ()
    assert accept("bob", "b2").wake


def test_repeated_request_for_a_waiting_job_wakes_a_drain(lanes: Lanes, accept: Accept) -> None:
    """The first caller may have died before it woke a drain, or missed the answer."""
    assert accept("ada", "a1", deduplication_key="posting").wake
    again = accept("ada", "a2", deduplication_key="posting").wake
    assert again
    settle(lanes, Leases(lanes).claim(again.drain_id), Done())
    assert accept("ada", "a3", deduplication_key="posting").wake is None


@pytest.mark.cluster
def test_follow_ups_are_queued_by_settle(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "a1")
    mail = FollowUp("mail", "ada", NewJob("mail-a1", "f", {"text": "é" * 2000}, "", "c"))
    claim = Leases(lanes).claim("drain")
    assert [wake.kind for wake in settle(lanes, claim, Done(None, (mail,))).wakes] == ["mail"]
    [job] = Leases(Lanes(lanes.redis, "mail")).claim("mailer").jobs
    assert (job.id, job.kwargs(), job.correlation_id) == ("mail-a1", {"text": "é" * 2000}, "c")


@pytest.mark.parametrize("outcome", [Done("stored"), Dead("no"), Retry(delay=0)])
def test_settle_of_a_deleted_job_writes_nothing(
    outcome: Outcome, lanes: Lanes, accept: Accept, stock: Redis
) -> None:
    accept("ada", "a1")
    claim = Leases(lanes).claim("drain")
    stock.delete("{hl0}:job:a1")
    settle(lanes, claim, outcome)
    assert serve_all(lanes) == []
    assert {key.decode() for key in stock.scan_iter()} <= {
        "{hl0}:turns",
        "{hl0}:drains:applications",
    }


def test_owner_with_a_colon_is_refused(lanes: Lanes, accept: Accept) -> None:
    """Otherwise the key b:c of ada would be the key c of ada:b."""
    for owner in ("ada:b", ""):
        with pytest.raises(ValueError, match="without a colon"):
            accept(owner, "a1")
        with pytest.raises(ValueError, match="without a colon"):
            lanes.lane_name(owner)


@pytest.mark.parametrize("job_id", ["", "a b", "a:b", "ä", "a\n"])
def test_invalid_job_id_is_refused(job_id: str, accept: Accept) -> None:
    with pytest.raises(ValueError, match="letters, digits"):
        accept("ada", job_id)


def test_arguments_that_are_too_large_are_refused(lanes: Lanes) -> None:
    with pytest.raises(ValueError, match="too large"):
        lanes.accept(AcceptRequest("ada", NewJob("a1", "f", {"text": "a" * 5_000_000}, "")))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("data", b'["f",null,[],{"a":"\xff"}]'),
        ("created_at", b"\xff"),
        ("created_at", b""),
    ],
)
def test_data_that_is_not_text_is_unreadable(
    field: str, value: bytes, lanes: Lanes, accept: Accept, stock: Redis
) -> None:
    accept("ada", "a1")
    stock.hset("{hl0}:job:a1", field, value)
    stock.hset("{hl0}:job:a1", "meta", b'{"correlation_id":"\xff"}')
    [job] = Leases(lanes).claim("drain").jobs
    assert job.correlation_id == ""
    with pytest.raises(UnreadableJob):
        _ = job.kwargs() if field == "data" else job.accepted_at


def test_full_store_can_be_emptied(lanes: Lanes, accept: Accept, stock: Redis) -> None:
    """A store at maxmemory accepts no job, and serves the jobs that it has."""
    lanes.limits = Limits(batch_size=2)
    for n in range(8):
        accept(f"owner-{n}", f"job-{n}")
    letters = DeadLetters(lanes)
    settle(lanes, Leases(lanes).claim("drain"), Dead("no"))
    held = Leases(lanes).claim("drain")
    stock.config_set("maxmemory-policy", "noeviction")
    stock.config_set("maxmemory", 1)
    try:
        with pytest.raises(OutOfMemoryError):
            accept("ada", "a1")
        assert Reconciler(lanes).run(60) is not None
        assert Leases(lanes).renew("drain", held) == ()
        settle(lanes, held, Done({"stored": 1}, (FollowUp("mail", "ada", new_job("mail")),)))
        assert letters.redrive(["job-0"])[0] == letters.discard(["job-1"]) == 1
        assert lanes.position("job-7") is not None
        assert len(serve_all(lanes)) == 5
    finally:
        stock.config_set("maxmemory", 0)


def test_empty_lane_leaves_only_results(lanes: Lanes, accept: Accept, stock: Redis) -> None:
    lanes.limits = Limits(max_drains=1)
    drain_id = (accept("ada", "a1").wake or lanes.new_drain()).drain_id
    accept("ada", "a2")
    settle(lanes, Leases(lanes).claim(drain_id), Done({"stored": "a1"}), Done())
    Leases(lanes).claim(drain_id)
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
