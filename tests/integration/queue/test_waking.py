"""Wakes: how many drains start, and which drain takes over when one is killed."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from msgspec.structs import replace
from redis.exceptions import RedisClusterException, RedisError

from chalicelib.queue import AcceptRequest, ClaimedJob, Lanes, Limits, Wake
from chalicelib.queue.admin import replace_drain
from chalicelib.queue.worker import Done, FollowUp, Leases, Outcome, Retry, drain
from tests.support.lanes import (
    Accept,
    FunctionHandler,
    FunctionWaker,
    RecordingObserver,
    RecordingWaker,
    new_job,
    pass_time,
    settle,
)
from tests.support.timing import stretch


class Fleet:
    """Runs a drain in a thread for each wake, like Lambda runs a function. Records the wakes."""

    def __init__(self, lanes: Lanes, *, handled_in: float = 0.0) -> None:
        self.lanes = lanes
        self.handled_in = handled_in
        self.observer = RecordingObserver()
        self.wakes: list[Wake] = []
        self.running = 0
        self.most = 0
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    def wake(self, wake: Wake) -> None:
        thread = threading.Thread(target=self._drain, args=[wake.drain_id])
        with self._lock:
            self.wakes.append(wake)
            self._threads.append(thread)
        thread.start()

    def handle(self, jobs: Sequence[ClaimedJob], deadline: float = math.inf, /) -> list[Outcome]:
        time.sleep(self.handled_in)
        return [Done() for _ in jobs]

    def wait(self) -> None:
        for thread in self._threads:
            thread.join(60)

    def _drain(self, drain_id: str) -> None:
        with self._lock:
            self.running += 1
            self.most = max(self.most, self.running)
        ends = time.monotonic() + 60
        drain(
            Leases(self.lanes),
            self,
            drain_id=drain_id,
            remaining=lambda: ends - time.monotonic(),
            waker=self,
            observer=self.observer,
            poll=0.05,
        )
        with self._lock:
            self.running -= 1


def test_burst_of_accepts_wakes_one_drain(accept: Accept) -> None:
    woken = [accept(f"candidate-{n}", f"job-{n}").wake for n in range(20)]
    assert [bool(wake) for wake in woken] == [True] + [False] * 19


def test_one_job_needs_two_invocations(lanes: Lanes) -> None:
    """The second drain is a standby drain, to serve the lane if the first one dies."""
    fleet = Fleet(lanes)
    wake = lanes.accept(AcceptRequest("ada", new_job("a1"))).wake
    assert wake is not None
    fleet.wake(wake)
    fleet.wait()
    assert (fleet.observer.done, len(fleet.wakes)) == (["a1"], 2)


def test_number_of_drains_follows_the_backlog(lanes: Lanes) -> None:
    lanes.limits = Limits(max_drains=3, lanes_per_drain=10, batch_size=10)
    fleet = Fleet(lanes, handled_in=0.01)
    answers = [
        lanes.accept(AcceptRequest(f"candidate-{n}", new_job(f"job-{n}"))) for n in range(300)
    ]
    for wake in [answer.wake for answer in answers if answer.wake]:
        fleet.wake(wake)
    fleet.wait()
    assert sorted(fleet.observer.done) == sorted(f"job-{n}" for n in range(300))
    assert fleet.most == 3
    # Far fewer than one for each job.
    assert len(fleet.wakes) < 30
    assert lanes.redis.zcard(lanes.keys.drains(lanes.kind)) == 0


def test_idle_drain_takes_over_the_lanes_of_a_killed_one(lanes: Lanes, accept: Accept) -> None:
    """Without another accept and without a schedule."""
    lanes.limits = Limits(lease=0.5)
    wake = accept("ada", "a1").wake
    assert wake is not None
    victim = Leases(lanes).claim(wake.drain_id)
    assert victim.lanes
    killed_at = time.monotonic()
    [standby] = victim.wakes
    fleet = Fleet(lanes)
    fleet.wake(standby)
    fleet.wait()
    assert fleet.observer.done == ["a1"]
    # The schedule would serve it after a minute.
    assert time.monotonic() - killed_at < 0.5 + stretch(5)


def test_idle_drain_wakes_the_drain_of_follow_up_jobs(lanes: Lanes, accept: Accept) -> None:
    """The drain was killed after settle, before it woke the drain of the follow-up e-mail."""
    lanes = Lanes(lanes.redis, lanes.kind, followed_by=("mail",))
    mail = Lanes(lanes.redis, "mail", limits=Limits(max_drains=1))
    accept("ada", "a1")
    accept("bob", "b1")
    lanes.limits = Limits(batch_size=1, start_timeout=0.3)
    claim = Leases(lanes).claim("victim")
    [lost] = settle(lanes, claim, Done(None, (FollowUp("mail", "ada", new_job("mail-1")),))).wakes
    lanes.limits = Limits(start_timeout=0.3)
    woken: list[Wake] = []

    def wake(wake: Wake) -> None:
        woken.append(wake)
        if wake.kind == "mail":
            settle(mail, Leases(mail).claim(wake.drain_id), Done())
            Leases(mail).claim(wake.drain_id)

    drain(
        Leases(lanes),
        FunctionHandler(lambda jobs: [Done() for _ in jobs]),
        drain_id="standby",
        remaining=lambda: 60.0,
        waker=FunctionWaker(wake),
        observer=RecordingObserver(),
        poll=0.05,
    )
    assert [wake.kind for wake in woken].count("mail") == 1
    assert lost not in woken
    assert Leases(mail).claim("any").lanes == ()


def test_idle_drain_ends_after_its_timeout(lanes: Lanes, accept: Accept) -> None:
    """For instance when the follow-up jobs keep failing. The schedule serves them then."""
    lanes = Lanes(lanes.redis, lanes.kind, followed_by=("mail",), limits=Limits(idle_timeout=0.3))
    Lanes(lanes.redis, "mail").accept(AcceptRequest("ada", new_job("mail-1")))
    started = time.monotonic()
    drained = drain(
        Leases(lanes),
        FunctionHandler(lambda jobs: []),
        drain_id="drain",
        remaining=lambda: 60.0,
        waker=RecordingWaker(),
        observer=RecordingObserver(),
        poll=0.05,
    )
    assert 0.3 < time.monotonic() - started < stretch(2)
    assert not drained.unfinished
    assert lanes.redis.zcard(lanes.keys.drains(lanes.kind)) == 0


def test_retired_drain_is_replaced_by_the_next_accept(lanes: Lanes, accept: Accept) -> None:
    """The retired drain does not count as running, so the next accept wakes another."""
    wake = accept("ada", "a1").wake
    assert wake is not None
    lanes.retire(wake.drain_id)
    assert accept("bob", "b1").wake is not None


def test_drain_that_never_started_is_replaced(lanes: Lanes, accept: Accept) -> None:
    assert accept("ada", "a1").wake
    assert accept("bob", "b1").wake is None
    pass_time(lanes, lanes.limits.start_timeout + 0.1)
    assert accept("cyd", "c1").wake


def test_drain_without_time_wakes_its_successor(lanes: Lanes, accept: Accept) -> None:
    wake = accept("ada", "a1").wake
    assert wake is not None
    wakes: list[Wake] = []
    drained = drain(
        Leases(lanes),
        FunctionHandler(lambda jobs: [Done() for _ in jobs]),
        drain_id=wake.drain_id,
        remaining=lambda: 5.0,
        waker=RecordingWaker(wakes),
        observer=RecordingObserver(),
    )
    assert (drained.unfinished, drained.claims, len(wakes)) == (True, 0, 1)
    assert accept("bob", "b1").wake is not None  # in case the successor does not start


@dataclass
class SlowHandler:
    """A handler that takes a lease and a half, while another drain tries to claim its lanes.

    Args:
        lanes: the lanes of both drains.
        claimed_by_other: the number of lanes that the other drain got.
    """

    lanes: Lanes
    claimed_by_other: int = 0

    def handle(self, jobs: Sequence[ClaimedJob], deadline: float = math.inf, /) -> list[Outcome]:
        for _ in range(6):
            time.sleep(self.lanes.limits.lease / 4)
            self.claimed_by_other += len(Leases(self.lanes).claim("other").lanes)
        return [Done() for _ in jobs]


@pytest.mark.cluster
def test_long_handler_keeps_its_lanes(lanes: Lanes, accept: Accept) -> None:
    """The lease keeper renews the lease."""
    lanes.limits = Limits(lease=stretch(0.8))
    accept("ada", "a1")
    handler, observer = SlowHandler(lanes), RecordingObserver()
    drain(
        Leases(lanes),
        handler,
        drain_id="drain",
        remaining=lambda: 60.0,
        waker=RecordingWaker(),
        observer=observer,
    )
    assert (handler.claimed_by_other, observer.done, observer.lost) == (0, ["a1"], [])


def test_drain_with_a_claim_counts_for_its_lease(lanes: Lanes, accept: Accept) -> None:
    """The lease keeper first renews after two thirds of a lease."""
    lanes.limits = Limits(max_drains=2)
    for n in range(400):
        accept(f"owner-{n}", f"job-{n}")
    drains = lanes.keys.drains(lanes.kind)
    lanes.redis.delete(drains)
    claim = Leases(lanes).claim("drain")
    [second] = claim.wakes
    assert Leases(lanes).claim(second.drain_id).lanes
    pass_time(lanes, 10.1)
    assert accept("late", "late-1").wake is None
    Leases(lanes).renew("drain", claim)
    pass_time(lanes, 5)
    # The second drain counts as dead from the end of its lease on.
    assert accept("late", "late-2").wake is not None
    assert accept("late", "late-3").wake is None


def test_no_more_drains_run_than_the_maximum(lanes: Lanes) -> None:
    tick = stretch(0.05)
    lanes.limits = Limits(
        lease=12 * tick, start_timeout=4 * tick, max_drains=2, lanes_per_drain=1, batch_size=1
    )
    fleet = Fleet(lanes, handled_in=10 * tick)
    for n in range(30):
        wake = lanes.accept(AcceptRequest(f"owner-{n}", new_job(f"job-{n}"))).wake
        if wake:
            fleet.wake(wake)
        time.sleep(tick)
        if n == 12:
            lanes.limits = replace(lanes.limits, batch_size=100)
    fleet.wait()
    assert len(fleet.observer.done) == 30
    assert fleet.most == 2


@pytest.mark.parametrize("error", [KeyError("mail"), RedisClusterException("gone")])
def test_failing_waker_costs_no_lease(error: Exception, lanes: Lanes, accept: Accept) -> None:
    """Its drain does not count as running either."""
    lanes.limits = Limits(lease=stretch(0.8))
    accept("ada", "a1")
    lanes.redis.delete(lanes.keys.drains(lanes.kind))
    asked: list[str] = []

    def wake(wake: Wake) -> None:
        asked.append(wake.drain_id)
        raise error

    handler, observer = SlowHandler(lanes), RecordingObserver()
    drain(
        Leases(lanes),
        handler,
        drain_id="drain",
        remaining=lambda: 60.0,
        waker=FunctionWaker(wake),
        observer=observer,
    )
    assert (handler.claimed_by_other, observer.done, observer.lost) == (0, ["a1"], [])
    assert asked
    registered = lanes.redis.zrange(lanes.keys.drains(lanes.kind), 0, -1)
    assert not set(asked) & {member.decode() for member in registered}


def test_second_drain_stays_while_a_lane_is_leased(lanes: Lanes, accept: Accept) -> None:
    """Longer than the idle timeout. If its own time is up first, it wakes a successor."""
    lanes.limits = Limits(lease=stretch(0.8), idle_timeout=0.3)
    accept("ada", "a1")
    claim = Leases(lanes).claim("at work")
    working = threading.Event()

    def work() -> None:
        while not working.wait(0.1):
            Leases(lanes).renew("at work", claim)

    keeper = threading.Thread(target=work)
    keeper.start()
    wakes: list[Wake] = []
    ends = time.monotonic() + 2 * lanes.limits.lease
    drained = drain(
        Leases(lanes),
        FunctionHandler(lambda jobs: []),
        drain_id="standby",
        remaining=lambda: ends - time.monotonic(),
        waker=RecordingWaker(wakes),
        observer=RecordingObserver(),
        reserve=0,
        poll=0.05,
    )
    working.set()
    keeper.join()
    assert (drained.unfinished, drained.applied, len(wakes)) == (True, 0, 1)
    assert time.monotonic() >= ends
    # Now the holder of the lane is killed.
    fleet = Fleet(lanes)
    fleet.wake(wakes[0])
    fleet.wait()
    assert fleet.observer.done == ["a1"]


def test_renew_returns_the_lost_lanes(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "a1")
    accept("bob", "b1")
    claim = Leases(lanes).claim("drain")
    assert Leases(lanes).renew("drain", claim) == ()
    pass_time(lanes, 60)
    assert (
        Leases(lanes).renew("drain", claim) == ()
    )  # the leases expired, but no drain took the lanes
    pass_time(lanes, 60)
    lanes.limits = Limits(batch_size=1)
    other = Leases(lanes).claim("other")
    assert lanes.redis.zcard(lanes.ring) == 1  # the lane for which the claim had no room
    assert Leases(lanes).renew("drain", claim) == (other.lanes[0].name,)
    assert lanes.redis.zcard(lanes.ring) == 0
    settle(lanes, claim, Done())
    assert len(Leases(lanes).renew("drain", claim)) == 2


@pytest.mark.cluster
@pytest.mark.parametrize("error", [RedisError("gone"), RedisClusterException("gone")])
def test_drain_survives_short_errors_of_redis(
    error: Exception, lanes: Lanes, accept: Accept, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept("ada", "a1")
    leases = Leases(lanes)
    claim, failures = leases.claim, iter([True, True, False, False, False])

    def claim_or_fail(drain_id: str) -> object:
        if next(failures, False):
            raise error
        return claim(drain_id)

    monkeypatch.setattr(leases, "claim", claim_or_fail)
    observer = RecordingObserver()
    drain(
        leases,
        FunctionHandler(lambda jobs: [Done() for _ in jobs]),
        drain_id="drain",
        remaining=lambda: 60.0,
        waker=RecordingWaker(),
        observer=observer,
        poll=0.01,
    )
    assert (observer.done, len(observer.errors)) == (["a1"], 2)


def test_drain_raises_when_redis_stays_unavailable(
    lanes: Lanes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(drain_id: str) -> object:
        raise RedisError("gone")

    leases = Leases(lanes)
    monkeypatch.setattr(leases, "claim", fail)
    with pytest.raises(RedisError):
        drain(
            leases,
            FunctionHandler(lambda jobs: []),
            drain_id="drain",
            remaining=lambda: 60.0,
            waker=RecordingWaker(),
            observer=RecordingObserver(),
            poll=0.01,
            patience=0.1,
        )


# The replacement of a drain that is known to have died.


@pytest.mark.cluster
@pytest.mark.parametrize("place", ["ring", "leases", "delayed"])
def test_dead_drain_is_replaced_while_a_lane_has_jobs(
    lanes: Lanes, accept: Accept, place: str
) -> None:
    accept("ada", "a1")
    claim = Leases(lanes).claim("dead")
    if place != "leases":
        settle(lanes, claim, Retry(delay=5 if place == "delayed" else 0))
    wake = replace_drain(lanes, "dead")
    assert wake
    drains = lanes.redis.zrange(lanes.keys.drains(lanes.kind), 0, -1)
    assert wake.drain_id.encode() in drains
    assert b"dead" not in drains


def test_dead_drain_is_not_replaced_without_need(lanes: Lanes, accept: Accept) -> None:
    assert replace_drain(lanes, "dead") is None
    accept("ada", "a1")
    # The claim also wakes a standby drain.
    Leases(lanes).claim("one")
    for _ in range(lanes.limits.max_drains - 2):
        assert replace_drain(lanes, "dead")
    assert replace_drain(lanes, "dead") is None
    assert replace_drain(lanes, "one")
