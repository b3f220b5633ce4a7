"""How many drains are asked for: enough, never a herd; and what stands by when one is killed."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace

import pytest
from redis.exceptions import RedisClusterException, RedisError

from chalicelib.queue import AcceptRequest, ClaimedJob, Lanes, Limits, Wake
from chalicelib.queue.worker import Done, FollowUp, Leases, Outcome, drain
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


class Fleet:
    """Runs a drain in a thread for each wake, as Lambda runs a function. Counts them."""

    def __init__(self, lanes: Lanes, *, handled_in: float = 0.0) -> None:
        self.lanes = lanes
        self.handled_in = handled_in
        self.seen = RecordingObserver()
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

    def handle(self, jobs: Sequence[ClaimedJob], /) -> list[Outcome]:
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
            observer=self.seen,
            poll=0.05,
        )
        with self._lock:
            self.running -= 1


def test_a_burst_asks_for_one_drain(accept: Accept) -> None:
    woken = [accept(f"candidate-{n}", f"job-{n}").wake for n in range(20)]
    assert [bool(wake) for wake in woken] == [True] + [False] * 19


def test_one_application_costs_two_invocations(lanes: Lanes) -> None:
    """The second stands by: it serves the lane should the first die."""
    fleet = Fleet(lanes)
    wake = lanes.accept(AcceptRequest("ada", new_job("a1"))).wake
    assert wake is not None
    fleet.wake(wake)
    fleet.wait()
    assert (fleet.seen.done, len(fleet.wakes)) == (["a1"], 2)


def test_drains_follow_the_backlog_and_end(lanes: Lanes) -> None:
    lanes.limits = Limits(max_drains=3, lanes_per_drain=10, batch_size=10)
    fleet = Fleet(lanes, handled_in=0.01)
    answers = [
        lanes.accept(AcceptRequest(f"candidate-{n}", new_job(f"job-{n}"))) for n in range(300)
    ]
    for wake in [answer.wake for answer in answers if answer.wake]:
        fleet.wake(wake)
    fleet.wait()
    assert sorted(fleet.seen.done) == sorted(f"job-{n}" for n in range(300))
    assert fleet.most == 3
    # No herd: far from one for each application.
    assert len(fleet.wakes) < 30
    assert lanes.redis.zcard(lanes.keys.drains(lanes.kind)) == 0


def test_an_idle_drain_takes_over_what_a_killed_one_held(lanes: Lanes, accept: Accept) -> None:
    """With nothing accepted afterwards, and no schedule."""
    lanes.limits = Limits(lease=0.5)
    wake = accept("ada", "a1").wake
    assert wake is not None
    victim = Leases(lanes).claim(wake.drain_id)
    assert victim.lanes
    killed_at = time.monotonic()
    [stands_by] = victim.wakes
    fleet = Fleet(lanes)
    fleet.wake(stands_by)
    fleet.wait()
    assert fleet.seen.done == ["a1"]
    assert time.monotonic() - killed_at < 0.5 + 0.5


def test_an_idle_drain_wakes_what_follows_when_its_waker_was_killed(
    lanes: Lanes, accept: Accept
) -> None:
    """Killed after settling, before it woke the drain of the mail that follows."""
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
        drain_id="stands by",
        remaining=lambda: 60.0,
        waker=FunctionWaker(wake),
        observer=RecordingObserver(),
        poll=0.05,
    )
    assert [wake.kind for wake in woken].count("mail") == 1
    assert lost not in woken
    assert Leases(mail).claim("any").lanes == ()


def test_it_does_not_stay_for_ever(lanes: Lanes, accept: Accept) -> None:
    """When what follows is broken, say: it is the schedule's then."""
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
    assert 0.3 < time.monotonic() - started < 2
    assert not drained.unfinished
    assert lanes.redis.zcard(lanes.keys.drains(lanes.kind)) == 0


def test_a_failed_invoke_stalls_nothing(lanes: Lanes, accept: Accept) -> None:
    """Its drain is taken off the list, so the next accept asks again."""
    wake = accept("ada", "a1").wake
    assert wake is not None
    lanes.retire(wake.drain_id)
    assert accept("bob", "b1").wake is not None


def test_a_drain_that_never_came_is_replaced_by_the_next_accept(
    lanes: Lanes, accept: Accept
) -> None:
    assert accept("ada", "a1").wake
    assert accept("bob", "b1").wake is None
    pass_time(lanes, lanes.limits.start_timeout + 0.1)
    assert accept("cyd", "c1").wake


def test_a_drain_short_of_time_hands_over(lanes: Lanes, accept: Accept) -> None:
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
    assert accept("bob", "b1").wake is not None  # should the successor not start


@pytest.mark.cluster
def test_long_work_keeps_its_lanes(lanes: Lanes, accept: Accept) -> None:
    """The keeper renews: three times the lease passes while the handler works."""
    lanes.limits = Limits(lease=0.4)
    accept("ada", "a1")
    others: list[int] = []

    def handler(jobs: Sequence[ClaimedJob], /) -> list[Outcome]:
        for _ in range(12):
            time.sleep(0.1)
            others.append(len(Leases(lanes).claim("other").lanes))
        return [Done() for _ in jobs]

    seen = RecordingObserver()
    drain(
        Leases(lanes),
        FunctionHandler(handler),
        drain_id="drain",
        remaining=lambda: 60.0,
        waker=RecordingWaker(),
        observer=seen,
    )
    assert (sum(others), seen.done, seen.lost) == (0, ["a1"], [])


def test_a_drain_at_work_counts_until_it_is_renewed(lanes: Lanes, accept: Accept) -> None:
    """The keeper first renews when two thirds of a lease are over."""
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
    # The second is dead as long as its lease is over, no longer.
    assert accept("late", "late-2").wake is not None
    assert accept("late", "late-3").wake is None


def test_no_more_drains_are_at_work_than_may_be(lanes: Lanes) -> None:
    lanes.limits = Limits(
        lease=0.6, start_timeout=0.2, max_drains=2, lanes_per_drain=1, batch_size=1
    )
    fleet = Fleet(lanes, handled_in=0.5)
    for n in range(30):
        wake = lanes.accept(AcceptRequest(f"owner-{n}", new_job(f"job-{n}"))).wake
        if wake:
            fleet.wake(wake)
        time.sleep(0.05)
        if n == 12:
            lanes.limits = replace(lanes.limits, batch_size=100)
    fleet.wait()
    assert len(fleet.seen.done) == 30
    assert fleet.most == 2


@pytest.mark.parametrize("error", [KeyError("mail"), RedisClusterException("gone")])
def test_a_wake_that_fails_in_any_way_costs_no_lease(
    error: Exception, lanes: Lanes, accept: Accept
) -> None:
    """And no place on the list of drains."""
    lanes.limits = Limits(lease=0.4)
    accept("ada", "a1")
    lanes.redis.delete(lanes.keys.drains(lanes.kind))
    asked: list[str] = []
    others: list[int] = []

    def wake(wake: Wake) -> None:
        asked.append(wake.drain_id)
        raise error

    def handler(jobs: Sequence[ClaimedJob], /) -> list[Outcome]:
        for _ in range(10):
            time.sleep(0.1)
            others.append(len(Leases(lanes).claim("other").lanes))
        return [Done() for _ in jobs]

    seen = RecordingObserver()
    drain(
        Leases(lanes),
        FunctionHandler(handler),
        drain_id="drain",
        remaining=lambda: 60.0,
        waker=FunctionWaker(wake),
        observer=seen,
    )
    assert (sum(others), seen.done, seen.lost) == (0, ["a1"], [])
    assert asked
    registered = lanes.redis.zrange(lanes.keys.drains(lanes.kind), 0, -1)
    assert not set(asked) & {member.decode() for member in registered}


def test_the_second_drain_stays_as_long_as_a_lane_is_leased(lanes: Lanes, accept: Accept) -> None:
    """Longer than for anything else. When its time is up before, another takes its place."""
    lanes.limits = Limits(lease=0.5, idle_timeout=0.3)
    accept("ada", "a1")
    claim = Leases(lanes).claim("at work")
    working = threading.Event()

    def work() -> None:
        while not working.wait(0.1):
            Leases(lanes).renew("at work", claim)

    keeper = threading.Thread(target=work)
    keeper.start()
    wakes: list[Wake] = []
    ends = time.monotonic() + 1.5
    drained = drain(
        Leases(lanes),
        FunctionHandler(lambda jobs: []),
        drain_id="stands by",
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
    # Now its holder is killed.
    fleet = Fleet(lanes)
    fleet.wake(wakes[0])
    fleet.wait()
    assert fleet.seen.done == ["a1"]


def test_a_renewal_tells_what_was_lost(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "a1")
    accept("bob", "b1")
    claim = Leases(lanes).claim("drain")
    assert Leases(lanes).renew("drain", claim) == ()
    pass_time(lanes, 60)
    assert Leases(lanes).renew("drain", claim) == ()  # late, but nobody came for them
    pass_time(lanes, 60)
    lanes.limits = Limits(batch_size=1)
    other = Leases(lanes).claim("other")
    assert lanes.redis.zcard(lanes.ring) == 1  # the one for which it had no room
    assert Leases(lanes).renew("drain", claim) == (other.lanes[0].name,)
    assert lanes.redis.zcard(lanes.ring) == 0
    settle(lanes, claim, Done())
    assert len(Leases(lanes).renew("drain", claim)) == 2


@pytest.mark.cluster
@pytest.mark.parametrize("error", [RedisError("gone"), RedisClusterException("gone")])
def test_a_drain_outlasts_a_short_absence_of_redis(
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
    seen = RecordingObserver()
    drain(
        leases,
        FunctionHandler(lambda jobs: [Done() for _ in jobs]),
        drain_id="drain",
        remaining=lambda: 60.0,
        waker=RecordingWaker(),
        observer=seen,
        poll=0.01,
    )
    assert (seen.done, len(seen.errors)) == (["a1"], 2)


def test_a_drain_gives_up_when_redis_stays_away(
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
