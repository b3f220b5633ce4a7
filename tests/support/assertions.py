"""Assertions that tests of several areas make."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.support.timing import PATIENCE_SECONDS, stretch


def wait_for[Value](
    read: Callable[[], Value],
    is_expected: Callable[[Value], object] = bool,
    pause: Callable[[], object] = lambda: time.sleep(0.05),
) -> Value:
    """Read a value until it is as expected, and return it. By default it is expected to be true.

    For a value that another process, tab or timer changes: to read it once would be too early.
    """
    ends = time.monotonic() + PATIENCE_SECONDS
    while not is_expected(value := read()):
        assert time.monotonic() < ends, f"still {value!r} after {PATIENCE_SECONDS} s"
        pause()
    return value


def answers_within[Answer](seconds: float, call: Callable[[], Answer], tries: int = 3) -> Answer:
    """Assert that a call returns within some seconds, and return its answer.

    A busy machine delays any call, so the seconds are stretched and the quickest of a few tries
    counts.
    """
    most = stretch(seconds)
    took = []
    for _ in range(tries):
        began = time.monotonic()
        answer = call()
        took.append(time.monotonic() - began)
        if took[-1] < most:
            return answer
    raise AssertionError(f"none of {tries} calls returned within {most} s: {took}")
