"""Assertions that tests of several areas make."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.support.timing import stretch


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
