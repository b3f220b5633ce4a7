"""BurstSweeper: flags applications that came in bursts, and removes origins after a day."""

from __future__ import annotations

import time
from collections import defaultdict
from datetime import timedelta
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from chalicelib.common import times
from chalicelib.recruiting.applications.contents import BURST, ORIGIN
from chalicelib.recruiting.bursts.hours import count_within_an_hour

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from chalicelib.recruiting.bursts.repository import OriginRepository

KEPT = timedelta(days=1)
_PAGE = 500


class BurstSweeper:
    """Flags the applications for a posting of which many came from one origin within an hour.

    Each origin is looked at once, with those of all applications that were stored before. So each
    application of a burst is flagged when the last one of it is looked at.

    Args:
        origins: the origins.
        least: how many applications are a burst.
        clock: returns the current time.
    """

    def __init__(
        self,
        origins: OriginRepository,
        least: int,
        clock: Callable[[], datetime] = times.now,
    ) -> None:
        self._origins = origins
        self._least = least
        self._clock = clock

    def sweep(self, seconds: float = 3.0) -> int:
        """Look at the origins that are due, for about some seconds, at least one page of them.

        Returns:
            How many applications were flagged, or got a greater number.

        Raises:
            pymongo.errors.PyMongoError: a part may be done; the next sweep does the rest.
        """
        ends, flagged = time.monotonic() + seconds, 0
        while due := self._origins.find_due(self._clock(), _PAGE):
            new = [one for one in due if "origin_checked" not in one]
            flagged += self._flag({(one["posting_id"], one[ORIGIN]) for one in new})
            self._origins.set_checked(map(itemgetter("_id"), new), self._clock() + KEPT)
            self._origins.remove(one["_id"] for one in due if "origin_checked" in one)
            if len(due) < _PAGE or time.monotonic() > ends:
                break
        return flagged

    def _flag(self, places: set[tuple[str, str]]) -> int:
        """Flag the bursts at these postings from these origins. Return how many changed."""
        together: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        for one in self._origins.find_by_origins({origin for _, origin in places}):
            together[one["posting_id"], one[ORIGIN]].append(one)
        changed: dict[int, list[str]] = defaultdict(list)
        for place in places & together.keys():
            for application_id, size in self._greater(together[place]):
                changed[size].append(application_id)
        self._origins.set_bursts(changed)
        return sum(map(len, changed.values()))

    def _greater(self, applications: list[dict[str, Any]]) -> Iterable[tuple[str, int]]:
        """Yield the ids and the sizes of those whose burst is greater than the stored one."""
        applications.sort(key=itemgetter("accepted_at"))
        sizes = count_within_an_hour([one["accepted_at"] for one in applications])
        for one, size in zip(applications, sizes, strict=True):
            if size >= self._least and size > one.get(BURST, 0):
                yield one["_id"], size
