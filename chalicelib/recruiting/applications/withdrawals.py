"""What withdrawals do to the stored applications. Doing it again changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.common.mongo import insert_missing

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence, Set

    from pymongo import collection

    from chalicelib.queue import ClaimedJob
    from chalicelib.recruiting.applications.repository import Withdrawal

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Withdrawn(msgspec.Struct, frozen=True):
    """What a withdrawal withdrew: an application, and all receipts that lead to it."""

    application_id: str
    receipts: tuple[str, ...]


class WithdrawalProcessor:
    """Marks applications as withdrawn: two reads and one write for all that are to be.

    An application that is not stored, since its own job was given up, leaves a tombstone under its
    id, so that it is not stored when that job is done after all.
    """

    def __init__(self, applications: collection.Collection[dict[str, Any]]) -> None:
        self._applications = applications

    def carry_out(
        self, jobs: Sequence[ClaimedJob], withdrawals: Mapping[str, Withdrawal]
    ) -> dict[str, Withdrawn | None]:
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
        receipts = self._receipts(asked.values(), set(leads_to.values()))
        carried_out: dict[str, Withdrawn | None] = {}
        for job in jobs:
            named = asked[job.id].application_id
            application_id = leads_to.get(named, named)
            accepted = receipts.get(application_id, {})
            since = (at for one, at in accepted.items() if one != named)
            # Then this withdrawal had been given up, and what the candidate sent after it was taken
            # for the same application. They want to have one: it stays.
            sent_again = any(at >= job.accepted_at for at in since)
            carried_out[job.id] = (
                None if sent_again else Withdrawn(application_id, tuple(sorted({named, *accepted})))
            )
        self._applications.update_many(
            {
                "_id": {"$in": sorted({one.application_id for one in carried_out.values() if one})},
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

    def _receipts(
        self, asked: Collection[Withdrawal], ids: Set[str]
    ) -> dict[str, dict[str, datetime]]:
        """Of applications all receipts that lead to them, and when each was given."""
        if not ids:
            return {}
        found = self._applications.find(
            {
                "candidate_id": {"$in": sorted({withdrawal.candidate_id for withdrawal in asked})},
                "$or": [{"_id": {"$in": sorted(ids)}}, {"duplicate_of": {"$in": sorted(ids)}}],
            },
            {"duplicate_of": 1, "accepted_at": 1},
        )
        receipts: dict[str, dict[str, datetime]] = {}
        for one in found:
            of = receipts.setdefault(one.get("duplicate_of", one["_id"]), {})
            # Aliases of long ago do not say when they were accepted.
            of[one["_id"]] = one.get("accepted_at", _LONG_AGO)
        return receipts


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
