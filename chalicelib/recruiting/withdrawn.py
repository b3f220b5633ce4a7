"""What withdrawals do to the stored applications. Doing it again changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chalicelib.storage import insert_missing

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence, Set

    from pymongo import collection

    from chalicelib.queue import ClaimedJob
    from chalicelib.recruiting.applications import Withdrawal


class Withdrawals:
    """Marks applications as withdrawn: two reads and one write for all that are to be.

    An application that is not stored, since its own job was given up, leaves a tombstone under its
    id, so that it is not stored when that job is done after all.
    """

    def __init__(self, applications: collection.Collection[dict[str, Any]]) -> None:
        self._applications = applications

    def carry_out(
        self, jobs: Sequence[ClaimedJob], withdrawals: Mapping[str, Withdrawal]
    ) -> dict[str, str | None]:
        """Carry out the withdrawals of these jobs, whose arguments ``withdrawals`` has.

        Returns:
            For each job what it withdrew, or None if that is to stay.

        Raises:
            pymongo.errors.PyMongoError: some may have been carried out.
        """
        asked = {job.id: withdrawals[job.id] for job in jobs}
        leads_to = self._stored(asked.values())
        tombstones = [
            _tombstone(job, asked[job.id])
            for job in jobs
            if asked[job.id].application_id not in leads_to
        ]
        # What is refused has been stored meanwhile, and is withdrawn like any other.
        insert_missing(self._applications, tombstones)
        carried_out: dict[str, str | None] = {
            job_id: leads_to.get(one.application_id, one.application_id)
            for job_id, one in asked.items()
        }
        sent_again = self._sent_again(asked.values(), set(leads_to.values()))
        for job in jobs:
            since = sent_again.get(carried_out[job.id])
            if since and since >= job.accepted_at:
                carried_out[job.id] = None
        self._applications.update_many(
            {
                "_id": {"$in": sorted({one for one in carried_out.values() if one})},
                "duplicate_of": {"$exists": False},
                "withdrawn_at": {"$exists": False},
            },
            {"$set": {"active": False, "withdrawn_at": datetime.now(UTC)}},
        )
        return carried_out

    def _stored(self, asked: Collection[Withdrawal]) -> dict[str, str]:
        """Of the applications that are stored the ids, with each that of the one it leads to."""
        ids = sorted({withdrawal.application_id for withdrawal in asked})
        found = self._applications.find({"_id": {"$in": ids}}, {"duplicate_of": 1})
        return {one["_id"]: one.get("duplicate_of", one["_id"]) for one in found}

    def _sent_again(
        self, asked: Collection[Withdrawal], ids: Set[str]
    ) -> dict[str | None, datetime]:
        """Of applications to which aliases lead when the newest of them was accepted.

        If that was after the withdrawal, this withdrawal had been given up, and what the candidate
        sent after it was taken for the same application. They want to have one: it stays.
        """
        if not ids:
            return {}
        found = self._applications.find(
            {
                "candidate_id": {"$in": sorted({withdrawal.candidate_id for withdrawal in asked})},
                "duplicate_of": {"$in": sorted(ids)},
                "accepted_at": {"$exists": True},
            },
            {"duplicate_of": 1, "accepted_at": 1},
        )
        newest: dict[str | None, datetime] = {}
        for alias in found:
            of, at = alias["duplicate_of"], alias["accepted_at"]
            newest[of] = max(at, newest.get(of, at))
        return newest


def _tombstone(job: ClaimedJob, withdrawal: Withdrawal) -> dict[str, Any]:
    return {
        "_id": withdrawal.application_id,
        "candidate_id": withdrawal.candidate_id,
        "posting_id": withdrawal.posting_id,
        "active": False,
        "accepted_at": withdrawal.accepted_at,
        "withdrawn_at": datetime.now(UTC),
        "correlation_id": job.correlation_id,
    }
