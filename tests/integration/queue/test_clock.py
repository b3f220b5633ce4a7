"""A clock of Redis that was set back: it leaves times in the future, and nothing waits for them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from redis import Redis

from chalicelib.auth.rate_limits import AuthRateLimits
from chalicelib.common.errors import TooManyRequests
from chalicelib.queue import AcceptRequest, Lanes, Limits, Rate, RateLimitExceeded, Wake
from chalicelib.queue.admin import DeadLetters
from chalicelib.queue.worker import Dead, Done, FollowUp, Leases, Retry
from tests.support.lanes import Accept, claimed, new_job, pass_time, settle

HOUR = 3600.0


def test_leased_lane_is_served_after_the_clock_was_set_back(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "a1")
    Leases(lanes).claim("drain")
    pass_time(lanes, -HOUR)
    assert claimed(Leases(lanes).claim("another")) == ["a1"]


def test_delayed_lane_is_served_after_the_clock_was_set_back(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "a1")
    settle(lanes, Leases(lanes).claim("drain"), Retry(delay=60))
    assert Leases(lanes).claim("drain").lanes == ()
    pass_time(lanes, -HOUR)
    position = lanes.position("a1")
    assert position
    assert position.wake
    assert (position.seconds or 0) < 60
    assert claimed(Leases(lanes).claim("drain")) == ["a1"]


@pytest.mark.parametrize("place", ["leases", "delayed"])
def test_time_that_a_step_writes_is_valid(lanes: Lanes, accept: Accept, place: str) -> None:
    accept("ada", "a1")
    claim = Leases(lanes).claim("drain")
    if place == "delayed":
        settle(lanes, claim, Retry(delay=lanes.limits.max_delay))
    # The clocks of two servers, of which one replaces the other, differ a little.
    pass_time(lanes, -0.5)
    assert Leases(lanes).claim("another").lanes == ()


def test_long_delay_is_shortened(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "a1")
    settle(lanes, Leases(lanes).claim("drain"), Retry(delay=30 * 24 * HOUR))
    pass_time(lanes, lanes.limits.max_delay)
    assert claimed(Leases(lanes).claim("drain")) == ["a1"]


def accept_one(lanes: Lanes) -> Wake | None:
    return lanes.accept(AcceptRequest("bob", new_job("b1"))).wake


def look_at_one(lanes: Lanes) -> Wake | None:
    position = lanes.position("a1")
    return position.wake if position else None


def redrive_one(lanes: Lanes) -> Wake | None:
    claim = Leases(lanes).claim("drain-0")
    settle(lanes, claim, Dead("it cannot succeed"))
    pass_time(lanes, -HOUR)
    return DeadLetters(lanes).redrive(["a1"])[1][0]


def claim_one(lanes: Lanes) -> Wake | None:
    return Leases(lanes).claim("new").wakes[0]


def settle_one(lanes: Lanes) -> Wake | None:
    """Settle a job with a follow-up job of the same kind."""
    claim = Leases(lanes).claim("drain-0")
    pass_time(lanes, -HOUR)
    next_job = FollowUp(lanes.kind, "cy", new_job("c1"))
    return settle(lanes, claim, Done(follow_ups=(next_job,))).wakes[0]


@pytest.mark.parametrize(
    "act", [accept_one, claim_one, look_at_one, redrive_one, settle_one, Lanes.request_drain]
)
def test_drains_of_the_future_prevent_no_wake(
    lanes: Lanes, accept: Accept, act: Callable[[Lanes], Wake | None]
) -> None:
    accept("ada", "a1")
    drains = lanes.keys.drains(lanes.kind)
    lanes.redis.delete(drains)
    now_ms = 1000 * int(lanes.redis.time()[0])
    lanes.redis.zadd(
        drains,
        {f"drain-{number}": now_ms + 5000 for number in range(lanes.limits.max_drains)},
    )
    pass_time(lanes, -HOUR)
    wake = act(lanes)
    assert wake
    assert lanes.redis.zscore(drains, wake.drain_id) < now_ms + HOUR * 1000


def later(redis: Redis, pattern: str, seconds: float) -> None:
    """Move the times in lists, as if the clock had been set back since."""
    for key in redis.scan_iter(pattern):
        times = [int(at) + round(seconds * 1000) for at in redis.lrange(key, 0, -1)]
        redis.delete(key)
        redis.rpush(key, *times)


def test_rate_forgets_jobs_of_the_future(lanes: Lanes, stock: Redis, accept: Accept) -> None:
    lanes = Lanes(lanes.redis, lanes.kind, limits=Limits(rates=(Rate(2, 10),)))

    def accept_one(job_id: str) -> None:
        lanes.accept(AcceptRequest("ada", new_job(job_id)))

    accept_one("a1")
    accept_one("a2")
    later(stock, "{hl0}:limit:*", HOUR)
    accept_one("a3")
    accept_one("a4")
    with pytest.raises(RateLimitExceeded):
        accept_one("a5")


def test_auth_limit_forgets_attempts_of_the_future(redis: Redis) -> None:
    limits = AuthRateLimits(redis, {"login.account": Rate(2, 10)})
    limits.take(login_account="ada")
    limits.take(login_account="ada")
    later(redis, "{hl:limits}:*", HOUR)
    limits.take(login_account="ada")
    limits.take(login_account="ada")
    with pytest.raises(TooManyRequests):
        limits.take(login_account="ada")
