"""A candidate's own lane as they see it: the applications and the withdrawals in it."""

from __future__ import annotations

from itertools import batched
from typing import TYPE_CHECKING

import msgspec

from chalicelib.identifiers import is_id
from chalicelib.recruiting.applications import read_application, withdrawal_id, withdrawn_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from chalicelib.queue import Look, Place, Shards, Wake


class Undone(msgspec.Struct, frozen=True):
    """An application that is accepted and not stored; without a place its job is a dead letter."""

    posting_id: str
    accepted_at: datetime
    place: Place | None


class Seen(msgspec.Struct, frozen=True):
    """What was seen in a lane: applications by id, and those whose withdrawal is not done."""

    applications: dict[str, Undone] = {}
    withdrawing: frozenset[str] = frozenset()


class OwnLanes:
    """Looks into candidates' lanes. Whoever looks at what nobody serves wakes a drain."""

    def __init__(self, lanes: Shards, wake: Callable[[Wake], None]) -> None:
        self._lanes = lanes
        self._wake = wake

    def one(self, candidate_id: str, application_id: str) -> Seen:
        """What is undone of one application: one round trip, another one if there is anything.

        Raises:
            redis.exceptions.RedisError: Redis cannot be reached.
        """
        lanes = self._lanes.of(candidate_id)
        withdrawal = withdrawal_id(application_id)
        looks = self._own(candidate_id, lanes.find_many([application_id, withdrawal]))
        ids = [look.job.id for look in looks]
        places = self._places(candidate_id, ids)
        return Seen(
            _applications(looks, places),
            frozenset([application_id] if withdrawal in ids else []),
        )

    def newest(self, candidate_id: str, *, before: str, posting_id: str, most: int) -> Seen:
        """The newest applications that are undone, and all withdrawals.

        One round trip for an empty lane; another for each ``most`` applications that are looked at,
        and one for their places.

        Args:
            candidate_id: whose lane.
            before: an id from which on they are left out, or an empty text.
            posting_id: the posting that they are for, or an empty text for all.
            most: how many, if there are as many.

        Raises:
            redis.exceptions.RedisError: Redis cannot be reached.
        """
        lanes = self._lanes.of(candidate_id)
        standing = lanes.standing(candidate_id)
        undone = (*standing.waiting, *standing.dead)
        ids = (one for one in undone if is_id(one) and (not before or one < before))
        looks: list[Look] = []
        for some in batched(sorted(ids, reverse=True), most):
            looks += [
                look
                for look in self._own(candidate_id, lanes.find_many(some))
                if _is_for(look, posting_id)
            ]
            if len(looks) >= most:
                break
        shown = {look.job.id for look in looks}
        waiting = [one for one in standing.waiting if one in shown]
        # Whatever waits there while nobody serves it has a drain woken, shown or not.
        places = self._places(candidate_id, waiting or standing.waiting[:1])
        withdrawing = filter(None, map(withdrawn_by, undone))
        return Seen(_applications(looks, places), frozenset(withdrawing))

    def _own(self, candidate_id: str, looks: Iterable[Look | None]) -> list[Look]:
        """Of these jobs the candidate's that are not done."""
        lane = self._lanes.of(candidate_id).lane(candidate_id)
        return [look for look in looks if look and not look.done and look.job.lane == lane]

    def _places(self, candidate_id: str, job_ids: Sequence[str]) -> dict[str, Place]:
        if not job_ids:
            return {}
        places = self._lanes.of(candidate_id).places(job_ids)
        for place in places.values():
            if place.wake:
                # It waits and nothing runs: whoever was to wake a worker has died.
                self._wake(place.wake)
        return places


def _applications(looks: Iterable[Look], places: dict[str, Place]) -> dict[str, Undone]:
    found = {}
    for look in looks:
        application = read_application(look.job)
        if application:
            found[look.job.id] = Undone(
                application.posting_id, look.job.accepted_at, places.get(look.job.id)
            )
    return found


def _is_for(look: Look, posting_id: str) -> bool:
    application = read_application(look.job)
    return application is not None and posting_id in ("", application.posting_id)
