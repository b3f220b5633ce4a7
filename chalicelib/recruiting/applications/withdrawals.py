"""Withdraws stored applications. Doing it again changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.common import times

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chalicelib.queue import ClaimedJob
    from chalicelib.recruiting.applications.jobs import Withdrawal
    from chalicelib.recruiting.applications.repository import ApplicationRepository


class WithdrawalEffect(msgspec.Struct, frozen=True):
    """The withdrawn application, and the ids of all receipts that lead to it."""

    application_id: str
    receipt_ids: tuple[str, ...]


class WithdrawalProcessor:
    """Marks applications as withdrawn, with two reads and one write for a whole batch.

    If an application is not stored, because its job was dead-lettered, the withdrawal stores a
    tombstone under the application's id. A later redrive of that job then stores nothing.
    """

    def __init__(self, applications: ApplicationRepository) -> None:
        self._applications = applications

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
        tombstones = [
            _tombstone(job, batch[job.id])
            for job in jobs
            if batch[job.id].application_id not in resolved
        ]
        # If a tombstone is refused, another worker has stored the application meanwhile. It is then
        # withdrawn below like any other.
        self._applications.insert(tombstones)
        receipts = self._applications.find_receipts(
            {one.candidate_id for one in batch.values()}, set(resolved.values())
        )
        effects: dict[str, WithdrawalEffect | None] = {}
        for job in jobs:
            requested_id = batch[job.id].application_id
            application_id = resolved.get(requested_id, requested_id)
            accepted = receipts.get(application_id, {})
            later = (at for one, at in accepted.items() if one != requested_id)
            # This withdrawal was dead-lettered and redriven. Meanwhile the candidate applied again,
            # and the new application became an alias of this one. They want it to stay.
            applied_again = any(at >= job.accepted_at for at in later)
            effects[job.id] = (
                None
                if applied_again
                else WithdrawalEffect(application_id, tuple(sorted({requested_id, *accepted})))
            )
        self._applications.mark_withdrawn(
            {effect.application_id for effect in effects.values() if effect}
        )
        return effects


def _tombstone(job: ClaimedJob, withdrawal: Withdrawal) -> dict[str, Any]:
    return {
        "_id": withdrawal.application_id,
        "candidate_id": withdrawal.candidate_id,
        "posting_id": withdrawal.posting_id,
        "active": False,
        "accepted_at": withdrawal.accepted_at,
        "withdrawn_at": times.now(),
        "correlation_id": job.correlation_id,
    }
