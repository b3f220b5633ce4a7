"""Retention repository (MongoDB): the batches of applications that retention will erase.

An application of a batch has ``retention``, ``{batch, due_at}``. Only such applications are in the
index by which a sweep finds them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from pymongo import UpdateOne

from chalicelib.common.mongo import insert_missing
from chalicelib.recruiting.applications.repository import applications_collection
from chalicelib.recruiting.employers.repository import employers_collection
from chalicelib.recruiting.postings.repository import postings_collection

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pymongo.database import Database

    Document = dict[str, Any]

_BATCH, _DUE = "retention.batch", "retention.due_at"
_FIELDS = dict.fromkeys(
    (
        *("candidate_id", "employer_id", "posting_id", "stage", "entered_at", "withdrawn_at"),
        *("version", "retention"),
    ),
    1,
)
# Longer than the function that sweeps may run.
_LEASE = timedelta(minutes=5)
_RULED = {"retention_days": {"$gt": 0}}


class Walk(NamedTuple):
    """How far the applications of an employer were looked through for a batch.

    Args:
        employer_id: the employer.
        days: its rule.
        batch: the batch that is collected; empty if none is.
        posting_id, active, after: the last application that was read.
    """

    employer_id: str
    days: int
    batch: str = ""
    posting_id: str = ""
    active: bool = False
    after: str = ""


class StoredBatch(NamedTuple):
    """A batch.

    Args:
        id: its id.
        employer_id: the employer.
        erases_from: the earliest time when something is erased.
        erases_until: when the last application is due.
        counts: how many applications it had, by posting.
    """

    id: str
    employer_id: str
    erases_from: datetime
    erases_until: datetime
    counts: dict[str, int]


class RetentionRepository:
    """Reads and writes batches, and the applications in them."""

    def __init__(self, database: Database[Document]) -> None:
        self._employers = employers_collection(database)
        self._postings = postings_collection(database)
        self._applications = applications_collection(database)
        self._batches = database["retention_batches"]

    def create_indexes(self) -> None:
        """Create the indexes. Calling it again changes nothing."""
        self._applications.create_index(
            [(_BATCH, 1), (_DUE, 1)],
            partialFilterExpression={_BATCH: {"$gte": ""}},
            name="applications_of_a_batch",
        )
        self._employers.create_index(
            [("retention_next", 1)], partialFilterExpression=_RULED, name="with_retention"
        )
        self._batches.create_index([("employer_id", 1), ("_id", 1)], name="of_an_employer")
        self._batches.create_index(
            [("open", 1)], partialFilterExpression={"open": True}, name="open"
        )

    # Collecting

    def claim_walk(self, now: datetime) -> Walk | None:
        """Return an employer whose applications are to be looked through, or None.

        No other process looks through them before the lease ends. A process that died lived shorter
        than that, so it can add nothing to a batch that another one has announced.
        """
        is_past = [
            {"$or": [{name: None}, {name: {"$lte": now}}]}
            for name in ("retention_next", "retention_lease")
        ]
        found = self._employers.find_one_and_update(
            {**_RULED, "$and": is_past}, {"$set": {"retention_lease": now + _LEASE}}
        )
        if found is None:
            return None
        return Walk(found["_id"], found["retention_days"], **found.get("retention_walk", {}))

    def save_walk(self, walk: Walk, *, is_left: bool) -> None:
        """Store how far an employer was looked through.

        Args:
            walk: how far.
            is_left: whether the next sweep continues.
        """
        fields = {name: getattr(walk, name) for name in Walk._fields[2:]}
        change: Document = {"$set": {"retention_walk": fields}}
        if is_left:
            change["$unset"] = {"retention_lease": ""}
        self._employers.update_one({"_id": walk.employer_id}, change)

    def finish_walk(self, employer_id: str, next_at: datetime) -> None:
        """Store that an employer was looked through, and when to begin again."""
        self._employers.update_one(
            {"_id": employer_id},
            {
                "$set": {"retention_next": next_at},
                "$unset": {"retention_walk": "", "retention_lease": ""},
            },
        )

    def find_postings(self, employer_id: str, first: str, count: int) -> list[Document]:
        """Return the next postings of an employer, by id, with the times when they close."""
        own: Document = {"employer_id": employer_id}
        if first:
            own["_id"] = {"$gte": first}
        fields = dict.fromkeys(("state", "closed_at", "closes_at"), 1)
        return list(self._postings.find(own, fields).sort("_id", 1).limit(count))

    def find_many_postings(self, posting_ids: Iterable[str]) -> dict[str, Document]:
        """Return postings by id, with the times when they close."""
        fields = dict.fromkeys(("state", "closed_at", "closes_at"), 1)
        found = self._postings.find({"_id": {"$in": sorted({*posting_ids})}}, fields)
        return {one["_id"]: one for one in found}

    def find_page(
        self, walk: Walk, posting_id: str, *, active: bool, before: str, count: int
    ) -> list[Document]:
        """Return the next applications for a posting, the oldest first."""
        has_begun = (walk.posting_id, walk.active) == (posting_id, active)
        ids = {"$gt": walk.after if has_begun else "", "$lt": before}
        own = {"employer_id": walk.employer_id, "posting_id": posting_id, "active": active}
        found = self._applications.find({**own, "_id": ids}, _FIELDS)
        return list(found.sort("_id", 1).limit(count))

    def mark(self, batch: str, due: Mapping[str, datetime], versions: Mapping[str, Any]) -> None:
        """Put applications into a batch, unless they have changed since they were read."""
        updates = [
            UpdateOne(
                {"_id": one, "version": versions[one], _BATCH: None},
                {"$set": {"retention": {"batch": batch, "due_at": at}}},
            )
            for one, at in due.items()
        ]
        if updates:
            self._applications.bulk_write(updates, ordered=False)

    def unmark(self, application_ids: Sequence[str]) -> None:
        """Take applications out of their batches."""
        if application_ids:
            own = {"_id": {"$in": sorted(application_ids)}}
            self._applications.update_many(own, {"$unset": {"retention": ""}})

    def count(self, batch: str) -> dict[str, int]:
        """Return how many applications of a batch are left, by posting."""
        # The local server uses the index only with the comparison.
        own = {"$match": {_BATCH: batch, _DUE: {"$gt": datetime.min}}}
        groups = self._applications.aggregate(
            [own, {"$group": {"_id": "$posting_id", "count": {"$sum": 1}}}]
        )
        return {one["_id"]: one["count"] for one in groups}

    # Batches

    def open_batch(self, batch: StoredBatch, mail_ids: Sequence[str]) -> None:
        """Store a batch that is announced now by these e-mails, unless it is stored."""
        document = {"_id": batch.id, "open": True, "mail_ids": list(mail_ids), **batch._asdict()}
        del document["id"]
        insert_missing(self._batches, [document])

    def find_batch(self, batch_id: str) -> StoredBatch | None:
        """Return a batch, or None."""
        found = self._batches.find_one({"_id": batch_id})
        return _batch(found) if found else None

    def find_batches(self, employer_id: str) -> list[StoredBatch]:
        """Return the batches of an employer that are not erased, the earliest first."""
        found = self._batches.find({"employer_id": employer_id, "open": True}).sort("_id", 1)
        return list(map(_batch, found))

    def find_open(self, now: datetime) -> list[tuple[StoredBatch, list[str]]]:
        """Return the batches of which something may be erased, each with its e-mails."""
        found = self._batches.find({"open": True, "erases_from": {"$lte": now}})
        return [(_batch(one), one["mail_ids"]) for one in found]

    def find_due(self, batch_id: str, now: datetime, count: int) -> list[Document]:
        """Return applications of a batch that are due, the first ones first."""
        own = {_BATCH: batch_id, _DUE: {"$lte": now}}
        return list(self._applications.find(own, _FIELDS).sort(_DUE, 1).limit(count))

    def close_batch(self, batch_id: str) -> None:
        """Let what is left of a batch become part of a later one."""
        left = {_BATCH: batch_id, _DUE: {"$gt": datetime.min}}
        self._applications.update_many(left, {"$unset": {"retention": ""}})
        self._batches.update_one({"_id": batch_id}, {"$unset": {"open": ""}})

    def find_days(self, employer_id: str) -> int | None:
        """Return the rule of an employer, or None."""
        found = self._employers.find_one({"_id": employer_id}, {"retention_days": 1})
        return found.get("retention_days") if found else None


def _batch(document: Document) -> StoredBatch:
    return StoredBatch(
        document["_id"],
        document["employer_id"],
        document["erases_from"],
        document["erases_until"],
        document["counts"],
    )
