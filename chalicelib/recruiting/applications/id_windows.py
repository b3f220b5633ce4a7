"""Reads the newest documents of a list in windows of their ids."""

from __future__ import annotations

import time
from bisect import bisect_left
from typing import TYPE_CHECKING, Any

from chalicelib.common.ids import is_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Document = dict[str, Any]
    Find = Callable[[dict[str, str], int], list[Document]]

_FIRST_WIDTH = 1_000  # milliseconds
_GROWTH = 8
# No clock of ours is ahead of this one by more than this, in milliseconds.
_CLOCK_SKEW = 60_000


def find_newest(
    find: Find, *, before: str, since: str, count: int, edges: Iterable[str] = ()
) -> list[Document]:
    """Return the newest documents of a list, newest first.

    Ids begin with their time (UUID version 7), so a range of ids is a window of time. The width of
    a window follows from the number of documents in the window before it. MongoDB needs no windows,
    because it stops after ``count`` entries of an index. The local server examines all matches of a
    query before it sorts them. With windows, it examines little more than the page, unless the next
    window has many times more documents. Known ``edges`` limit that.

    Args:
        find: returns documents in a range of ``_id``, newest first, up to a number.
        before: return only documents with smaller ids; empty for no bound.
        since: an id that is older than all documents. Older documents make the last window wider.
        count: return at most this many.
        edges: ids with at most some thousand documents from one to the next. No window goes beyond
            the next one.
    """
    found: list[Document] = []
    below = {"$lt": before} if before else {}
    high = time.time_ns() // 1_000_000 + _CLOCK_SKEW
    if before:
        high = min(high, _milliseconds(before))
    oldest, width = _milliseconds(since), _FIRST_WIDTH
    # The first window is wider by the skew.
    low = high - width - (0 if before else _CLOCK_SKEW)
    times = sorted(map(_milliseconds, edges))
    while low > oldest:
        if (passed := bisect_left(times, high)) and times[passed - 1] > low:
            low = times[passed - 1]
        edge = _first_id(low)
        window = find({"$gte": edge, **below}, count - len(found))
        found += window
        if len(found) >= count:
            return found
        width = _GROWTH * (high - low)
        if window:
            width = min(width, (high - low) * (count - len(found)) // len(window) + 1)
        below, high, low = {"$lt": edge}, low, low - width
    return found + find(below or {"$gte": ""}, count - len(found))


def _milliseconds(application_id: str) -> int:
    """Return the time of an id in milliseconds; 0 if it is no id of ours."""
    return int(application_id[:8] + application_id[9:13], 16) if is_id(application_id) else 0


def _first_id(milliseconds: int) -> str:
    """Return a lower bound of all ids from a millisecond on."""
    digits = f"{milliseconds:012x}"
    return f"{digits[:8]}-{digits[8:]}"
