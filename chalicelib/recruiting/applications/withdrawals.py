"""Withdraws stored applications. Doing it again changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.common import times
from chalicelib.recruiting.applications.events import (
    CANDIDATE,
    ApplicationChange,
    first_events,
    make_event,
)
from chalicelib.recruiting.applications.repository import Receipts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chalicelib.queue import ClaimedJob
    from chalicelib.recruiting.applications.jobs import Withdrawal
    from chalicelib.recruiting.applications.removed_applications import (
        RemovedApplicationRepository,
    )
    from chalicelib.recruiting.applications.repository import ApplicationRepository


class WithdrawalEffect(msgspec.Struct, frozen=True):
    """The withdrawn application, and the ids of all receipts that lead to it."""

    application_id: str
    receipt_ids: tuple[str, ...]


class WithdrawalProcessor:
    """Marks applications as withdrawn, with two reads and one write for a whole batch.

    If an application is not stored, because its job was dead-lettered, the withdrawal stores a
    tombstone under the application's id. A later redrive of that job then stores nothing. An
    application that was erased gets none.
    """

    def __init__(
        self, applications: ApplicationRepository, removed: RemovedApplicationRepository
    ) -> None:
        self._applications = applications
        self._removed = removed

    def process(
        self, jobs: Sequence[ClaimedJob], withdrawals: Mapping[str, Withdrawal]
    ) -> dict[str, WithdrawalEffect | None]:
        """Process withdrawal jobs.

        Args:
            jobs: the jobs.
            withdrawals: their arguments, by job id.

        Returns:
            The effect of each job, by job id. None means that the application stays, because the
            candidate applied again after the withdrawal.

        Raises:
            pymongo.errors.PyMongoError: some withdrawals may have been processed.
        """
        batch = {job.id: withdrawals[job.id] for job in jobs}
        resolved = self._applications.resolve_ids({one.application_id for one in batch.values()})
        unknown = {one.application_id for one in batch.values()} - resolved.keys()
        unknown -= self._removed.find_erased(unknown) if unknown else set()
        tombstones = [
            _tombstone(job, batch[job.id])
            for job in jobs
            if batch[job.id].application_id in unknown
        ]
        refused = self._applications.insert(tombstones)
        # If a tombstone is refused, another worker has stored the application meanwhile. It is then
        # withdrawn below like any other.
        resolved |= {document["_id"]: document["_id"] for document in refused}
        receipts = self._applications.find_receipts(
            {one.candidate_id for one in batch.values()}, set(resolved.values())
        )
        effects: dict[str, WithdrawalEffect | None] = {}
        changes: dict[str, ApplicationChange] = {}
        for job in jobs:
            requested_id = batch[job.id].application_id
            application_id = resolved.get(requested_id, requested_id)
            found = receipts.get(application_id, Receipts())
            later = (at for one, at in found.accepted.items() if one != requested_id)
            # This withdrawal was dead-lettered and redriven. Meanwhile the candidate applied again,
            # and the new application became an alias of this one. They want it to stay.
            applied_again = any(at >= job.accepted_at for at in later)
            if applied_again:
                effects[job.id] = None
                continue
            receipt_ids = tuple(sorted({requested_id, *found.accepted}))
            effects[job.id] = WithdrawalEffect(application_id, receipt_ids)
            if found.application and "withdrawn_at" not in found.application:
                change = changes[application_id] = ApplicationChange(found.application)
                change.withdraw()
        self._applications.save_changes(list(changes.values()))
        return effects


def _tombstone(job: ClaimedJob, withdrawal: Withdrawal) -> dict[str, Any]:
    now = times.now()
    events = first_events(withdrawal.accepted_at, None)
    events.append(make_event(len(events) + 1, "withdrawn", CANDIDATE, now, {}))
    return {
        "_id": withdrawal.application_id,
        "candidate_id": withdrawal.candidate_id,
        "posting_id": withdrawal.posting_id,
        "active": False,
        "accepted_at": withdrawal.accepted_at,
        "withdrawn_at": now,
        "events": events,
        "version": len(events),
        "correlation_id": job.correlation_id,
    }
