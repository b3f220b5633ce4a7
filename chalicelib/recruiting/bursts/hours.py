"""Counts how many times are within an hour."""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

WINDOW = timedelta(hours=1)


def count_within_an_hour(times: Sequence[datetime]) -> list[int]:
    """Return for each time the greatest number of times in one hour that has it.

    Args:
        times: in order, the earliest first.
    """
    first, starts = 0, []
    for time in times:
        while time - times[first] > WINDOW:
            first += 1
        starts.append(first)
    # An hour that ends with the time at `last` has the times from `starts[last]` on. So a time is
    # in the hours that end at it or later, up to the last one that begins before it. `greatest`
    # has the greatest of them first, as for any maximum of a sliding window.
    greatest: deque[tuple[int, int]] = deque()
    counts = [0] * len(times)
    last = 0
    for index in range(len(times)):
        while last < len(times) and starts[last] <= index:
            size = last - starts[last] + 1
            while greatest and greatest[-1][1] <= size:
                greatest.pop()
            greatest.append((last, size))
            last += 1
        while greatest[0][0] < index:
            greatest.popleft()
        counts[index] = greatest[0][1]
    return counts
