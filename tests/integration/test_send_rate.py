"""The sending rate that all mail workers keep together, in Redis. Nothing sleeps here."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest
from redis import Redis

from chalicelib.bootstrap.redis_retry import one_retry
from chalicelib.notifications.send_rate import SendRate
from chalicelib.queue import Rate

INTERVAL = 60
WORKERS = 5


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Records how long (s) the workers wait."""
    waits: list[float] = []
    # Not time.sleep itself, because other threads use it.
    clock = SimpleNamespace(sleep=waits.append, monotonic=time.monotonic)
    monkeypatch.setattr("chalicelib.notifications.send_rate.time", clock)
    return waits


def worker(redis: Redis) -> SendRate:
    return SendRate(redis, Rate(60, 60 * INTERVAL), WORKERS)


def near(*seconds: float) -> Any:
    return pytest.approx(seconds, abs=INTERVAL / 3)


def test_workers_take_turns_at_the_rate(redis: Redis, waits: list[float]) -> None:
    """One that works alone may use the whole rate."""
    first, second = worker(redis), worker(redis)
    assert all(sender.wait() for sender in (first, first, first, second, first, second))
    assert waits == near(*(turn * INTERVAL for turn in range(6)))


def test_deadline_ends_the_wait_and_reserves_nothing(redis: Redis, waits: list[float]) -> None:
    sender = worker(redis)
    assert sender.wait()
    assert not sender.wait(time.monotonic() + INTERVAL / 2)
    assert not sender.wait(time.monotonic() - 1)
    assert sender.wait()
    assert waits == near(0, INTERVAL / 2, 0, INTERVAL)


def test_clock_set_back_stops_no_mail(redis: Redis, waits: list[float]) -> None:
    sender = worker(redis)
    sender.wait()
    [key] = redis.keys()
    redis.set(key, int((time.time() + 24 * 60 * 60) * 1e6))
    assert sender.wait()
    assert waits == near(0, 0)


def test_without_redis_a_worker_keeps_its_part_of_the_rate(waits: list[float]) -> None:
    sender = worker(Redis(host="127.0.0.1", port=1, retry=one_retry()))
    assert sender.wait()
    assert waits == near(WORKERS * INTERVAL)
