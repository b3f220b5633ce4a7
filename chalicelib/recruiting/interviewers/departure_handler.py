"""DepartureHandler: ends the assignments of members who were removed or left.

Former members have no access anyway, because each request looks the membership up. The assignments
end at once, each with an event. The schedule ends those that a killed process left, and those that
were made while the member was being removed (docs/adr/0038).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.common import times
from chalicelib.common.observability import count
from chalicelib.common.outages import store_errors
from chalicelib.recruiting.applications.assigned_applications import assignments_of
from chalicelib.recruiting.applications.events import ApplicationChange
from chalicelib.recruiting.applications.repository import WITHOUT_TEXTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from chalicelib.recruiting.applications.assigned_applications import (
        AssignedApplicationRepository,
    )
    from chalicelib.recruiting.applications.repository import ApplicationRepository
    from chalicelib.recruiting.employers.departures import Departure, DepartureRepository

# No request takes longer, so none that read the membership is under way after this time.
GRACE = timedelta(seconds=60)
_PAGE = 100
# A page is read again if a worker changes one of its applications at the same time.
_MOST_FAILURES = 10


class DepartureHandler:
    """Ends assignments, at once and in the sweep of every minute."""

    def __init__(
        self,
        assigned: AssignedApplicationRepository,
        applications: ApplicationRepository,
        departures: DepartureRepository,
        now: Callable[[], datetime] = times.now,
    ) -> None:
        self._assigned = assigned
        self._applications = applications
        self._departures = departures
        self._now = now

    def end_at_once(self, departure: Departure) -> None:
        """End the assignments of a former member. If that fails, the schedule does it."""
        try:
            self.end(departure)
        except store_errors(RuntimeError):
            count("assignments_end_delayed")

    def sweep(self) -> int:
        """End the assignments of members who left lately. Return how many there were.

        Raises:
            RuntimeError, pymongo.errors.PyMongoError: some may not have ended.
        """
        ended = 0
        for departure in self._departures.find_all():
            is_last = self._now() > departure.at + GRACE
            ended += self.end(departure)
            if is_last:
                self._departures.finish(departure)
        return ended

    def end(self, departure: Departure) -> int:
        """End the assignments of a former member. Return how many there were.

        Raises:
            RuntimeError: others changed the applications all the time.
            pymongo.errors.PyMongoError: some may not have ended.
        """
        ended = failures = 0
        while page := self._assigned.page(
            departure.employer_id,
            departure.membership,
            count=_PAGE,
            fields=WITHOUT_TEXTS,
        ):
            changes = []
            for document in page:
                change = ApplicationChange(document)
                change.add("unassigned", departure.by, {"interviewer": departure.account_id})
                change.set(
                    interviewers=[
                        one
                        for one in assignments_of(document)
                        if one["membership"] != departure.membership
                    ]
                )
                changes.append(change)
            try:
                self._applications.save_changes(changes)
                ended += len(changes)
            except RuntimeError:
                failures += 1
                if failures > _MOST_FAILURES:
                    raise
        return ended
