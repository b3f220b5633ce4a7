"""A candidate's own lane as they see it: the applications and the withdrawals in it."""

from __future__ import annotations

from itertools import batched
from typing import TYPE_CHECKING

import msgspec

from chalicelib.common.ids import is_id
from chalicelib.recruiting.applications.repository import (
    read_application,
    withdrawal_id,
    withdrawn_by,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from chalicelib.queue import ClaimedJob, JobPosition, JobState, Shards, Waker
    from chalicelib.recruiting.applications.repository import Application


class Undone(msgspec.Struct, frozen=True):
    """An application that is accepted and not stored; without a place its job is a dead letter."""

    posting_id: str
    accepted_at: datetime
    place: JobPosition | None


class Seen(msgspec.Struct, frozen=True):
    """What was seen in a lane: applications by id, and those whose withdrawal is not done."""

    applications: dict[str, Undone] = {}
    withdrawing: frozenset[str] = frozenset()


class CandidateLanes:
    """Looks into candidates' lanes. Whoever looks at what nobody serves wakes a drain."""

    def __init__(self, lanes: Shards, waker: Waker) -> None:
        self._lanes = lanes
        self._waker = waker

    def one(self, candidate_id: str, application_id: str) -> Seen:
        """What is undone of one application: one round trip, another one if there is anything.

        Raises:
            redis.exceptions.RedisError: Redis cannot be reached.
        """
        lanes = self._lanes.of(candidate_id)
        withdrawal = withdrawal_id(application_id)
        jobs = self._own(candidate_id, lanes.find_many([application_id, withdrawal]))
        ids = [job.id for job in jobs]
        places = self._places(candidate_id, ids)
        return Seen(
            {job.id: _undone(job, one, places) for job, one in _applications(jobs)},
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
        standing = lanes.contents(candidate_id)
        undone = (*standing.waiting, *standing.dead)
        ids = (one for one in undone if is_id(one) and (not before or one < before))
        found: list[tuple[ClaimedJob, Application]] = []
        for some in batched(sorted(ids, reverse=True), most):
            found += [
                (job, application)
                for job, application in _applications(
                    self._own(candidate_id, lanes.find_many(some))
                )
                if posting_id in ("", application.posting_id)
            ]
            if len(found) >= most:
                break
        shown = {job.id for job, _ in found}
        waiting = [one for one in standing.waiting if one in shown]
        # Whatever waits there while nobody serves it has a drain woken, shown or not.
        places = self._places(candidate_id, waiting or standing.waiting[:1])
        withdrawing = filter(None, map(withdrawn_by, undone))
        return Seen(
            {job.id: _undone(job, application, places) for job, application in found},
            frozenset(withdrawing),
        )

    def _own(self, candidate_id: str, looks: Iterable[JobState | None]) -> list[ClaimedJob]:
        """Of these jobs the candidate's that are not done."""
        lane = self._lanes.of(candidate_id).lane_name(candidate_id)
        return [look.job for look in looks if look and not look.done and look.job.lane == lane]

    def _places(self, candidate_id: str, job_ids: Sequence[str]) -> dict[str, JobPosition]:
        if not job_ids:
            return {}
        places = self._lanes.of(candidate_id).positions(job_ids)
        for place in places.values():
            if place.wake:
                # It waits and nothing runs: whoever was to wake a worker has died.
                self._waker.wake(place.wake)
        return places


def _applications(jobs: Iterable[ClaimedJob]) -> Iterator[tuple[ClaimedJob, Application]]:
    for job in jobs:
        application = read_application(job)
        if application:
            yield job, application


def _undone(job: ClaimedJob, application: Application, places: Mapping[str, JobPosition]) -> Undone:
    return Undone(application.posting_id, job.accepted_at, places.get(job.id))
