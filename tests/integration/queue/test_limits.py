"""Jobs that accept refuses, and its answers to repeated requests."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from redis import Redis

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
    """Move the times of accepted jobs into the past."""
    for key in stock.scan_iter("{hl0}:limit:*"):
        times = [int(at) - round(seconds * 1000) for at in stock.lrange(key, 0, -1)]
        stock.delete(key)
        stock.rpush(key, *times)


def test_repeated_idempotency_key_replays_the_answer(lanes: Lanes, accept: Accept) -> None:
    first = accept("ada", "a1", idempotency_key="key", fingerprint="one")
    assert first.repeated is False
    accept("ada", "other")
    settle(lanes, Leases(lanes).claim("drain"), Done(), Done())
    again = accept("ada", "a2", idempotency_key="key", fingerprint="one")
    assert again == replace(first, repeated=True, wake=again.wake)
    assert Leases(lanes).claim("drain").lanes == ()


def test_idempotency_key_of_another_request_is_refused(accept: Accept) -> None:
    accept("ada", "a1", idempotency_key="key", fingerprint="one")
    with pytest.raises(IdempotencyKeyConflict):
        accept("ada", "a2", idempotency_key="key", fingerprint="two")


def test_owners_may_use_the_same_idempotency_key(accept: Accept) -> None:
    accept("ada", "a1", idempotency_key="key", fingerprint="one")
    assert accept("bob", "b1", idempotency_key="key", fingerprint="two").repeated is False


def test_idempotency_key_replays_a_refusal(lanes: Lanes, accept: Accept) -> None:
    """The same request gets the same answer, even if the gate changed since then."""
    lanes.open_gate("posting", datetime.now(UTC) - timedelta(seconds=1))
    with pytest.raises(GateClosed) as first:
        accept("ada", "a1", gate="posting", idempotency_key="key")
    lanes.open_gate("posting")
    with pytest.raises(GateClosed) as again:
        accept("ada", "a1", gate="posting", idempotency_key="key")
    assert again.value.closed_at == first.value.closed_at
    assert accept("ada", "a1", gate="posting", idempotency_key="another").repeated is False


def test_idempotency_key_expires_after_a_day(lanes: Lanes, accept: Accept, stock: Redis) -> None:
    accept("ada", "a1", idempotency_key="key")
    assert 86390 < stock.ttl("{hl0}:key:applications:ada:key") <= 86400


@pytest.mark.parametrize("refused", ["repeated", "closed", "accepted"])
def test_newest_idempotency_keys_of_a_lane_are_remembered(
    lanes: Lanes, accept: Accept, stock: Redis, refused: str
) -> None:
    lanes.limits = Limits(max_idempotency_keys=10)
    lanes.open_gate("open")
    lanes.open_gate("closed", datetime.now(UTC) - timedelta(seconds=1))
    gate = "closed" if refused == "closed" else "open"

    def request(number: int) -> str:
        deduplication_key = f"one-{number}" if refused == "accepted" else "one"
        try:
            return accept(
                "ada",
                f"a{number}",
                gate=gate,
                deduplication_key=deduplication_key,
                idempotency_key=f"key-{number}",
            ).job_id
        except GateClosed:
            return "closed"

    answers = [request(number) for number in range(60)]
    accept("bob", "b1", idempotency_key="key")
    keys = {key.rpartition(b":")[2].decode() for key in stock.scan_iter("{hl0}:key:*:ada:*")}
    assert keys == {f"key-{number}" for number in range(50, 60)}
    assert 86390 < stock.ttl("{hl0}:keys:applications:ada") <= 86400
    # A forgotten key does not make the queue accept a job twice.
    assert [request(number) for number in (0, 55, 59)] == [answers[n] for n in (0, 55, 59)]
    assert stock.exists("{hl0}:key:applications:bob:key")


def test_concurrent_requests_with_one_key_are_accepted_once(
    stores: object, lanes: Lanes, accept: Accept
) -> None:
    """No request sees a half-used key: the second one gets the answer of the first."""
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: accept("ada", f"a{n}", idempotency_key="key"), range(32)))
    assert len({answer.job_id for answer in answers}) == 1
    assert sorted(answer.repeated for answer in answers) == [False] + [True] * 31
    assert len(Leases(lanes).claim("drain").jobs) == 1


def test_job_id_is_accepted_once(lanes: Lanes, accept: Accept) -> None:
    first = accept("ada", "a1")
    again = accept("ada", "a1")
    assert (again.job_id, again.repeated) == ("a1", True)
    assert again.accepted_at == first.accepted_at
    assert claimed(Leases(lanes).claim("drain")) == ["a1"]


def test_full_lane_refuses_jobs(lanes: Lanes, accept: Accept) -> None:
    lanes.limits = Limits(max_lane_length=2)
    accept("ada", "a1")
    accept("ada", "a2")
    with pytest.raises(LaneFull):
        accept("ada", "a3", idempotency_key="key")
    accept("bob", "b1")
    settle(lanes, Leases(lanes).claim("drain"), Done())
    assert accept("ada", "a3", idempotency_key="key").repeated is False


def test_full_and_limited_lane_accepts_jobs_of_others_from_its_reserve(lanes: Lanes) -> None:
    limits = Limits(max_lane_length=2, reserve=1, rates=(Rate(2, 60),))
    limited = Lanes(lanes.redis, lanes.kind, limits=limits)
    requests = [
        AcceptRequest("ada", new_job(f"a{number}"), uses_reserve=other)
        for number, other in enumerate((True, False, True, True, False))
    ]
    limited.revoke("ada", ["session"], 60)
    [*accepted, full, own] = limited.accept_many(
        [replace(request, credential="session" * request.uses_reserve) for request in requests]
    )
    assert [getattr(answer, "position", answer) for answer in accepted] == [1, 2, 3]
    assert (type(full), type(own)) == (LaneFull, LaneFull)
    settle(limited, Leases(limited).claim("drain"), Done(), Done(), Done())
    limited.accept(AcceptRequest("ada", new_job("b1")))  # the second one that counts
    limited.accept(AcceptRequest("ada", new_job("b2"), uses_reserve=True))
    with pytest.raises(RateLimitExceeded):
        Lanes(lanes.redis, lanes.kind, limits=Limits(rates=limits.rates)).accept(
            AcceptRequest("ada", new_job("b3"))
        )


def test_rate_holds_in_any_window(lanes: Lanes, stock: Redis) -> None:
    limited = with_rates(lanes, "2 per minute")
    limited.accept(AcceptRequest("ada", new_job("a1")))
    later(lanes, stock, 40)
    limited.accept(AcceptRequest("ada", new_job("a2")))
    with pytest.raises(RateLimitExceeded) as refused:
        limited.accept(AcceptRequest("ada", new_job("a3"), idempotency_key="key"))
    wait = (refused.value.retry_at - datetime.now(UTC)).total_seconds()
    assert 15 < wait <= 20
    later(lanes, stock, 21)  # the first job is older than a minute, the second is not
    assert (
        limited.accept(AcceptRequest("ada", new_job("a3"), idempotency_key="key")).repeated is False
    )
    with pytest.raises(RateLimitExceeded):
        limited.accept(AcceptRequest("ada", new_job("a4")))
    assert limited.accept(AcceptRequest("bob", new_job("b1"))).repeated is False


def test_strictest_of_several_rates_decides(lanes: Lanes, stock: Redis) -> None:
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


def test_repeated_requests_do_not_count_for_a_rate(lanes: Lanes) -> None:
    limited = with_rates(lanes, "2 per minute")
    for _ in range(5):
        limited.accept(
            AcceptRequest("ada", new_job("a1"), deduplication_key="posting", idempotency_key="key")
        )
        limited.accept(AcceptRequest("ada", new_job("a1"), deduplication_key="posting"))
    assert limited.accept(AcceptRequest("ada", new_job("a2"))).repeated is False


@pytest.mark.cluster
def test_concurrent_requests_never_exceed_a_rate(lanes: Lanes) -> None:
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
def test_accept_many_answers_each_request_in_order(lanes: Lanes) -> None:
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
    results = [
        type(answer).__name__
        if isinstance(answer, JobNotAccepted)
        else (answer.job_id, answer.position, answer.repeated)
        for answer in answers
    ]
    assert results == [
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
def test_refused_request_registers_no_drain(why: str, client: Redis) -> None:
    """The caller learns of no drain, so no drain may count as running."""
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


def test_full_lane_carries_a_wake(lanes: Lanes, accept: Accept) -> None:
    """The lane may be full because no drain runs."""
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


def test_known_job_id_is_refused_with_any_key(lanes: Lanes, accept: Accept) -> None:
    first = accept("ada", "a1", deduplication_key="posting-1", idempotency_key="one")
    for owner, once, key in (
        ("ada", "posting-2", "two"),
        ("ada", None, "three"),
        ("bob", None, None),
    ):
        again = accept(owner, "a1", deduplication_key=once, idempotency_key=key)
        assert (again.job_id, again.accepted_at, again.repeated) == ("a1", first.accepted_at, True)
    # The deduplication key was not used; the idempotency key replays its answer.
    assert accept("ada", "a2", deduplication_key="posting-2", idempotency_key="two").job_id == "a1"
    assert (
        accept("ada", "a2", deduplication_key="posting-2", idempotency_key="four").repeated is False
    )
    assert serve_all(lanes) == ["a1", "a2"]


@pytest.mark.parametrize(
    "rates", [("4 per minute", "8 per 60 seconds"), ("8 per minute", "4 per 60 seconds")]
)
def test_smallest_rate_of_the_same_window_holds(rates: tuple[str, str], lanes: Lanes) -> None:
    limited = with_rates(lanes, *rates)
    for n in range(4):
        limited.accept(AcceptRequest("ada", new_job(f"a{n}")))
    with pytest.raises(RateLimitExceeded):
        limited.accept(AcceptRequest("ada", new_job("a4")))


@pytest.mark.parametrize(
    "text",
    ["", "10 per", "5 per 9999999999999 days", "1 per 367 days", "9999999999999999999 per day"],
)
def test_rate_beyond_the_bounds_is_refused(text: str) -> None:
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


def test_accept_many_of_nothing_returns_nothing(lanes: Lanes) -> None:
    assert lanes.accept_many([]) == []
