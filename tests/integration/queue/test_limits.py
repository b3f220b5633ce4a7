"""What accept refuses, and what it answers to a call that is repeated."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from redis import Redis
from redis.cluster import RedisCluster

from chalicelib.queue import (
    AcceptedJob,
    AcceptRequest,
    GateClosed,
    IdempotencyKeyConflict,
    JobNotAccepted,
    LaneFull,
    Lanes,
    Limits,
    Rate,
    RateLimitExceeded,
    UnknownGate,
)
from chalicelib.queue.worker import Done, Leases
from tests.support.lanes import Accept, claimed, new_job, serve_all, settle


def with_rates(lanes: Lanes, *rates: str) -> Lanes:
    limits = Limits(rates=tuple(Rate.parse(rate) for rate in rates))
    return Lanes(lanes.redis, lanes.kind, limits=limits)


def later(lanes: Lanes, stock: Redis, seconds: float) -> None:
    """Let what was accepted so far be that long ago."""
    for key in stock.scan_iter("{hl0}:limit:*"):
        times = [int(at) - round(seconds * 1000) for at in stock.lrange(key, 0, -1)]
        stock.delete(key)
        stock.rpush(key, *times)


def test_the_same_key_gives_the_same_answer(lanes: Lanes, accept: Accept) -> None:
    first = accept("ada", "a1", idempotency_key="key", fingerprint="one")
    assert first.repeated is False
    accept("ada", "other")
    settle(lanes, Leases(lanes).claim("drain"), Done(), Done())
    again = accept("ada", "a2", idempotency_key="key", fingerprint="one")
    assert again == replace(first, repeated=True, wake=again.wake)
    assert Leases(lanes).claim("drain").lanes == ()


def test_a_key_may_not_be_used_for_another_request(accept: Accept) -> None:
    accept("ada", "a1", idempotency_key="key", fingerprint="one")
    with pytest.raises(IdempotencyKeyConflict):
        accept("ada", "a2", idempotency_key="key", fingerprint="two")


def test_a_key_is_its_owner_s(accept: Accept) -> None:
    accept("ada", "a1", idempotency_key="key", fingerprint="one")
    assert accept("bob", "b1", idempotency_key="key", fingerprint="two").repeated is False


def test_a_key_remembers_that_it_was_refused(lanes: Lanes, accept: Accept) -> None:
    """The same call gets the same answer, whatever changed since."""
    lanes.open_gate("posting", datetime.now(UTC) - timedelta(seconds=1))
    with pytest.raises(GateClosed) as first:
        accept("ada", "a1", gate="posting", idempotency_key="key")
    lanes.open_gate("posting")
    with pytest.raises(GateClosed) as again:
        accept("ada", "a1", gate="posting", idempotency_key="key")
    assert again.value.closed_at == first.value.closed_at
    assert accept("ada", "a1", gate="posting", idempotency_key="another").repeated is False


def test_a_key_is_forgotten_after_a_day(lanes: Lanes, accept: Accept, stock: Redis) -> None:
    accept("ada", "a1", idempotency_key="key")
    assert 86390 < stock.ttl("{hl0}:key:applications:ada:key") <= 86400


def test_a_key_in_flight_is_accepted_once(stores: object, lanes: Lanes, accept: Accept) -> None:
    """Nobody sees it half done: whoever comes second gets the answer of the first."""
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: accept("ada", f"a{n}", idempotency_key="key"), range(32)))
    assert len({answer.job_id for answer in answers}) == 1
    assert sorted(answer.repeated for answer in answers) == [False] + [True] * 31
    assert len(Leases(lanes).claim("drain").jobs) == 1


def test_a_job_id_is_accepted_once(lanes: Lanes, accept: Accept) -> None:
    first = accept("ada", "a1")
    again = accept("ada", "a1")
    assert (again.job_id, again.repeated) == ("a1", True)
    assert again.accepted_at == first.accepted_at
    assert claimed(Leases(lanes).claim("drain")) == ["a1"]


def test_a_lane_takes_no_more_than_its_length(lanes: Lanes, accept: Accept) -> None:
    lanes.limits = Limits(max_lane_length=2)
    accept("ada", "a1")
    accept("ada", "a2")
    with pytest.raises(LaneFull):
        accept("ada", "a3", idempotency_key="key")
    accept("bob", "b1")
    settle(lanes, Leases(lanes).claim("drain"), Done())
    assert accept("ada", "a3", idempotency_key="key").repeated is False


def test_a_rate_holds_in_any_window_of_its_time(lanes: Lanes, stock: Redis) -> None:
    limited = with_rates(lanes, "2 per minute")
    limited.accept(AcceptRequest("ada", new_job("a1")))
    later(lanes, stock, 40)
    limited.accept(AcceptRequest("ada", new_job("a2")))
    with pytest.raises(RateLimitExceeded) as refused:
        limited.accept(AcceptRequest("ada", new_job("a3"), idempotency_key="key"))
    wait = (refused.value.retry_at - datetime.now(UTC)).total_seconds()
    assert 15 < wait <= 20
    later(lanes, stock, 21)  # the first is over a minute ago, the second is not
    assert (
        limited.accept(AcceptRequest("ada", new_job("a3"), idempotency_key="key")).repeated is False
    )
    with pytest.raises(RateLimitExceeded):
        limited.accept(AcceptRequest("ada", new_job("a4")))
    assert limited.accept(AcceptRequest("bob", new_job("b1"))).repeated is False


def test_the_strictest_of_several_rates_decides(lanes: Lanes, stock: Redis) -> None:
    limited = with_rates(lanes, "2 per second", "3 per hour")
    for job_id in ("a1", "a2"):
        limited.accept(AcceptRequest("ada", new_job(job_id)))
    later(lanes, stock, 2)
    limited.accept(AcceptRequest("ada", new_job("a3")))
    later(lanes, stock, 2)
    with pytest.raises(RateLimitExceeded) as refused:
        limited.accept(AcceptRequest("ada", new_job("a4")))
    wait = refused.value.retry_at - datetime.now(UTC)
    assert timedelta(minutes=59) < wait <= timedelta(hours=1)


def test_repeats_do_not_count_against_a_rate(lanes: Lanes) -> None:
    limited = with_rates(lanes, "2 per minute")
    for _ in range(5):
        limited.accept(
            AcceptRequest("ada", new_job("a1"), deduplication_key="posting", idempotency_key="key")
        )
        limited.accept(AcceptRequest("ada", new_job("a1"), deduplication_key="posting"))
    assert limited.accept(AcceptRequest("ada", new_job("a2"))).repeated is False


@pytest.mark.cluster
def test_many_at_once_never_exceed_a_rate(lanes: Lanes) -> None:
    limited = with_rates(lanes, "10 per minute")

    def attempt(number: int) -> bool:
        try:
            limited.accept(AcceptRequest("ada", new_job(f"a{number}")))
        except RateLimitExceeded:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(50))) == 10
    assert len(Leases(limited).claim("drain").jobs) == 10


@pytest.mark.cluster
def test_a_batch_is_accepted_in_order_each_for_itself(lanes: Lanes) -> None:
    lanes.limits = Limits(max_lane_length=2)
    lanes.open_gate("open")
    answers = lanes.accept_many(
        [
            AcceptRequest("ada", new_job("a1"), gate="open"),
            AcceptRequest("ada", new_job("a2"), gate="unknown"),
            AcceptRequest("bob", new_job("b1"), idempotency_key="key"),
            AcceptRequest("bob", new_job("b1"), idempotency_key="key"),
            AcceptRequest("ada", new_job("a3")),
            AcceptRequest("ada", new_job("a4")),
        ]
    )
    told = [
        type(answer).__name__
        if isinstance(answer, JobNotAccepted)
        else (answer.job_id, answer.position, answer.repeated)
        for answer in answers
    ]
    assert told == [
        ("a1", 1, False),
        "UnknownGate",
        ("b1", 1, False),
        ("b1", 1, True),
        ("a3", 2, False),
        "LaneFull",
    ]
    assert [bool(isinstance(answer, AcceptedJob) and answer.wake) for answer in answers] == [
        True,
        *[False] * 5,
    ]
    assert serve_all(lanes) == ["a1", "b1", "a3"]


REFUSALS: dict[str, tuple[Limits, dict[str, Any]]] = {
    "closed": (Limits(), {"gate": "closed"}),
    "unknown": (Limits(), {"gate": "unknown"}),
    "another's key": (Limits(), {"idempotency_key": "used", "fingerprint": "other"}),
    "too many": (Limits(rates=(Rate(1, 60),)), {}),
}


@pytest.mark.parametrize("why", REFUSALS)
def test_who_is_refused_keeps_nobody_from_being_woken(
    why: str, client: Redis | RedisCluster
) -> None:
    """The caller is told of no drain, so none is counted."""
    limits, options = REFUSALS[why]
    lanes = Lanes(client, "applications", limits=limits)
    lanes.open_gate("closed", datetime.now(UTC) - timedelta(seconds=1))
    first = lanes.accept(AcceptRequest("ada", new_job("a1"), idempotency_key="used")).wake
    assert first is not None
    lanes.retire(first.drain_id)
    with pytest.raises(JobNotAccepted):
        lanes.accept(AcceptRequest("ada", new_job("a2"), **options))
    assert isinstance(
        lanes.accept_many([AcceptRequest("ada", new_job("a3"), gate="no")])[0], UnknownGate
    )
    assert lanes.redis.zcard(lanes.keys.drains(lanes.kind)) == 0
    assert lanes.accept(AcceptRequest("bob", new_job("b1"))).wake is not None


def test_a_full_lane_tells_who_is_to_be_woken(lanes: Lanes, accept: Accept) -> None:
    """It may be full because nobody came."""
    lanes.limits = Limits(max_lane_length=1)
    first = accept("ada", "a1").wake
    assert first is not None
    lanes.retire(first.drain_id)
    with pytest.raises(LaneFull) as refused:
        accept("ada", "a2")
    assert refused.value.wake is not None
    with pytest.raises(LaneFull) as again:
        accept("ada", "a2")
    assert again.value.wake is None
    lanes.retire(refused.value.wake.drain_id)
    full, other, accepted = lanes.accept_many(
        [AcceptRequest("ada", new_job(job_id)) for job_id in ("a2", "a3")]
        + [AcceptRequest("bob", new_job("b1"))]
    )
    assert isinstance(full, LaneFull)
    assert isinstance(other, LaneFull)
    assert isinstance(accepted, AcceptedJob)
    assert (full.wake, other.wake, accepted.wake is None) == (None, None, False)


def test_a_job_id_is_accepted_once_whatever_else_is_said(lanes: Lanes, accept: Accept) -> None:
    first = accept("ada", "a1", deduplication_key="posting-1", idempotency_key="one")
    for owner, once, key in (
        ("ada", "posting-2", "two"),
        ("ada", None, "three"),
        ("bob", None, None),
    ):
        again = accept(owner, "a1", deduplication_key=once, idempotency_key=key)
        assert (again.job_id, again.accepted_at, again.repeated) == ("a1", first.accepted_at, True)
    # The once was not used and is free; the key answers its request as before.
    assert accept("ada", "a2", deduplication_key="posting-2", idempotency_key="two").job_id == "a1"
    assert (
        accept("ada", "a2", deduplication_key="posting-2", idempotency_key="four").repeated is False
    )
    assert serve_all(lanes) == ["a1", "a2"]


@pytest.mark.parametrize(
    "rates", [("4 per minute", "8 per 60 seconds"), ("8 per minute", "4 per 60 seconds")]
)
def test_of_rates_with_the_same_window_the_smallest_holds(
    rates: tuple[str, str], lanes: Lanes
) -> None:
    limited = with_rates(lanes, *rates)
    for n in range(4):
        limited.accept(AcceptRequest("ada", new_job(f"a{n}")))
    with pytest.raises(RateLimitExceeded):
        limited.accept(AcceptRequest("ada", new_job("a4")))


@pytest.mark.parametrize(
    "text",
    ["", "10 per", "5 per 9999999999999 days", "1 per 367 days", "9999999999999999999 per day"],
)
def test_a_rate_that_cannot_be_kept_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="10 per 5 minutes"):
        Rate.parse(text)
    assert Rate.parse("1 per 366 days").seconds == 366 * 86400


def test_accept_many_has_one_round_trip_for_200_requests(lanes: Lanes, stock: Redis) -> None:
    lanes.accept(AcceptRequest("ada", new_job("a1")))  # loads the script
    before = stock.info("commandstats")["cmdstat_evalsha"]["calls"]
    answers = lanes.accept_many(
        [AcceptRequest(f"owner-{n}", new_job(f"job-{n}")) for n in range(401)]
    )
    assert stock.info("commandstats")["cmdstat_evalsha"]["calls"] - before == 3
    assert [answer.job_id for answer in answers if isinstance(answer, AcceptedJob)] == [
        f"job-{n}" for n in range(401)
    ]


def test_a_batch_may_be_empty(lanes: Lanes) -> None:
    assert lanes.accept_many([]) == []
