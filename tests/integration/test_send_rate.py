"""The sending rate that all mail workers keep together, in Redis. Nothing sleeps here."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import TimeoutError as NoAnswer
from redis.retry import Retry

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
    monkeypatch.setattr("chalicelib.notifications.send_rate.MOST_SECONDS", 10 * INTERVAL)
    return waits


def worker(redis: Redis) -> SendRate:
    return SendRate(redis, Rate(10, 10 * INTERVAL), WORKERS)


def near(*seconds: float) -> Any:
    return pytest.approx(seconds, abs=INTERVAL / 3)


def test_workers_take_turns_a_little_below_the_rate(redis: Redis, waits: list[float]) -> None:
    """One that works alone may use the whole rate."""
    first, second = worker(redis), worker(redis)
    turns = (first, first, first, second, first, second, second, second)
    assert [sender.wait() for sender in turns] == [0.0] * 8
    assert waits == near(*(turn * 1.05 * INTERVAL for turn in range(8)))


def test_deadline_ends_the_wait_and_reserves_nothing(redis: Redis, waits: list[float]) -> None:
    sender = worker(redis)
    assert sender.wait() == 0.0
    assert sender.wait(time.monotonic() + INTERVAL / 2) == pytest.approx(INTERVAL, abs=INTERVAL / 3)
    assert sender.wait(time.monotonic() - 1) == pytest.approx(INTERVAL, abs=INTERVAL / 3)
    assert sender.wait() == 0.0
    assert waits == near(0, INTERVAL / 2, 0, INTERVAL)


def test_long_wait_is_not_slept(
    redis: Redis, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """200 a day are one in seven minutes."""
    monkeypatch.setattr("chalicelib.notifications.send_rate.MOST_SECONDS", 10.0)
    sender = SendRate(redis, Rate(200, 86400), WORKERS)
    assert sender.wait() == 0.0
    assert sender.wait() == pytest.approx(1.05 * 432, abs=60)
    assert waits == [0.0]


def test_throttled_worker_slows_down_and_recovers(redis: Redis, waits: list[float]) -> None:
    sender = worker(redis)
    for _ in range(4):
        sender.report(throttled=True)
    assert [sender.wait(), sender.wait()] == [0.0, 0.0]
    assert waits == near(0, 2.56 * INTERVAL)
    for _ in range(200):
        sender.report(throttled=False)
    redis.flushall()
    assert [sender.wait(), sender.wait()] == [0.0, 0.0]
    assert waits[2:] == near(0, INTERVAL)


def test_clock_set_back_stops_no_mail(redis: Redis, waits: list[float]) -> None:
    sender = worker(redis)
    sender.wait()
    [key] = redis.keys()
    redis.set(key, int((time.time() + 24 * 60 * 60) * 1e6))
    assert sender.wait() == 0.0
    assert waits == near(0, 0)


def test_without_redis_a_worker_keeps_its_part_of_the_rate(waits: list[float]) -> None:
    sender = worker(Redis(host="127.0.0.1", port=1, retry=Retry(NoBackoff(), 1)))
    assert sender.wait() == 0.0
    assert waits == near(WORKERS * INTERVAL)


def test_threads_wait_only_once_for_a_redis_that_does_not_answer(
    redis: Redis, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One after the other, they would wait beyond the end of the function."""
    sender, calls = worker(redis), []

    def hang(**_: Any) -> int:
        calls.append(1)
        raise NoAnswer("Timeout reading from socket")

    monkeypatch.setattr(sender, "_script", hang)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: sender.wait(), range(8))) == [0.0] * 8
    assert len(calls) == 1
    assert waits == near(*[WORKERS * 1.05 * INTERVAL] * 8)


def test_no_mail_is_begun_after_a_deadline_that_passed_while_redis_was_asked(
    redis: Redis, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = worker(redis)
    deadline = time.monotonic() + 0.01

    def answer_late(**_: Any) -> int:
        while time.monotonic() < deadline:
            time.sleep(0.001)
        return 0

    monkeypatch.setattr(sender, "_script", answer_late)
    assert sender.wait(deadline) > 0
    assert waits == [0.0]
