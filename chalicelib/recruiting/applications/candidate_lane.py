"""Reads a candidate's lane: the applications and withdrawals that are not done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chalicelib.common.ids import is_id
from chalicelib.recruiting.applications.jobs import (
    amended_application_id,
    application_description,
    read_application,
    withdrawal_job_id,
    withdrawn_application_id,
)
from chalicelib.recruiting.erasure.jobs import erased_application_id, erasure_job_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from chalicelib.queue import ClaimedJob, JobPosition, JobState, Shards, Waker
    from chalicelib.recruiting.applications.jobs import Application


class PendingApplication(msgspec.Struct, frozen=True):
    """An application that is accepted and not stored.

    ``position`` is None if the job of the application was dead-lettered.
    """

    posting_id: str
    accepted_at: datetime
    position: JobPosition | None


class LaneSnapshot(msgspec.Struct, frozen=True):
    """The pending work of a candidate at one time.

    ``applications`` has pending applications by id. ``withdrawing`` and ``amending`` have the ids
    of applications whose withdrawal or amendment is accepted and not done; those may be stored
    already. An application that is being erased counts as being withdrawn.
    """

    applications: dict[str, PendingApplication] = {}
    withdrawing: frozenset[str] = frozenset()
    amending: frozenset[str] = frozenset()


class CandidateLanes:
    """Reads candidates' lanes. A read that finds waiting jobs and no drain wakes a drain."""

    def __init__(self, lanes: Shards, waker: Waker) -> None:
        self._lanes = lanes
        self._waker = waker

    def find_one(self, candidate_id: str, application_id: str) -> LaneSnapshot:
        """Return the pending work for one application.

        It takes one round trip to Redis, and two more if there is pending work.

        Raises:
            redis.exceptions.RedisError: Redis cannot be reached.
        """
        lanes = self._lanes.of(candidate_id)
        contents = lanes.contents(candidate_id)
        endings = (withdrawal_job_id(application_id), erasure_job_id(application_id))
        ids = [
            one
            for one in (*contents.waiting, *contents.dead)
            if one in (application_id, *endings) or amended_application_id(one) == application_id
        ]
        if not ids:
            return LaneSnapshot()
        found = lanes.find_many([application_id]) if application_id in ids else []
        jobs = self._pending_jobs(candidate_id, found)
        positions = self._positions(candidate_id, ids)
        return LaneSnapshot(
            {job.id: _pending(job, one, positions) for job, one in _applications(jobs)},
            frozenset([application_id] if any(one in ids for one in endings) else []),
            frozenset(filter(None, map(amended_application_id, ids))),
        )

    def find_newest(
        self, candidate_id: str, *, before: str, posting_id: str, count: int
    ) -> LaneSnapshot:
        """Return the newest pending applications, and all pending withdrawals.

        It takes one round trip to Redis for an empty lane, two more if there are applications, and
        one more if some of the newest jobs turn out to be done or unreadable.

        Args:
            candidate_id: the candidate.
            before: return only applications with smaller ids; empty for no bound.
            posting_id: return only applications for this posting; empty for all postings.
            count: return at least this many, if they exist.

        Raises:
            redis.exceptions.RedisError: Redis cannot be reached.
        """
        lanes = self._lanes.of(candidate_id)
        contents = lanes.contents(
            candidate_id, application_description(posting_id) if posting_id else ""
        )
        job_ids = (*contents.waiting, *contents.dead)
        ids = sorted(
            (
                one
                for one in (contents.described if posting_id else job_ids)
                if is_id(one) and (not before or one < before)
            ),
            reverse=True,
        )
        found: list[tuple[ClaimedJob, Application]] = []
        for batch in (ids[:count], ids[count:]):
            if batch and len(found) < count:
                jobs = self._pending_jobs(candidate_id, lanes.find_many(batch))
                found += [
                    (job, application)
                    for job, application in _applications(jobs)
                    if posting_id in ("", application.posting_id)
                ]
        found_ids = {job.id for job, _ in found}
        waiting = [one for one in contents.waiting if one in found_ids]
        # If none of the found applications waits, ask for the position of any waiting job: the
        # answer says whether a drain must be woken.
        positions = self._positions(candidate_id, waiting or contents.waiting[:1])
        return LaneSnapshot(
            {job.id: _pending(job, application, positions) for job, application in found},
            frozenset(
                ended
                for one in job_ids
                if (ended := withdrawn_application_id(one) or erased_application_id(one))
            ),
            frozenset(filter(None, map(amended_application_id, job_ids))),
        )

    def _pending_jobs(
        self, candidate_id: str, states: Iterable[JobState | None]
    ) -> list[ClaimedJob]:
        """Return the jobs that are in the candidate's lane and not done."""
        lane = self._lanes.of(candidate_id).lane_name(candidate_id)
        return [
            state.job for state in states if state and not state.done and state.job.lane == lane
        ]

    def _positions(self, candidate_id: str, job_ids: Sequence[str]) -> dict[str, JobPosition]:
        if not job_ids:
            return {}
        positions = self._lanes.of(candidate_id).positions(job_ids)
        for position in positions.values():
            if position.wake:
                # Jobs wait and no drain runs, because an earlier wake failed.
                self._waker.wake(position.wake)
        return positions


def find_waiting_application(
    lanes: Shards, candidate_id: str, application_id: str
) -> tuple[ClaimedJob, Application] | None:
    """Return the job that stores an application of a candidate, and its arguments, or None."""
    of_candidate = lanes.of(candidate_id)
    job = of_candidate.find(application_id)
    if job is None or job.lane != of_candidate.lane_name(candidate_id):
        return None
    application = read_application(job)
    return (job, application) if application else None


def _applications(jobs: Iterable[ClaimedJob]) -> Iterator[tuple[ClaimedJob, Application]]:
    for job in jobs:
        application = read_application(job)
        if application:
            yield job, application


def _pending(
    job: ClaimedJob, application: Application, positions: Mapping[str, JobPosition]
) -> PendingApplication:
    return PendingApplication(application.posting_id, job.accepted_at, positions.get(job.id))
