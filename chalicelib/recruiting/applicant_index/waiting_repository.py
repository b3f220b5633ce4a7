"""Repository of waiting applications (MongoDB): those whose block lacks them or their last change.

The field ``block`` of an application is the number of the block that has it, or will have it, and
never changes. The field ``indexed`` is true while that block has its present state. Each change of
the application removes it in the same write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pymongo import UpdateOne

from chalicelib.recruiting.applications.id_windows import find_newest
from chalicelib.recruiting.applications.repository import applications_collection

if TYPE_CHECKING:
    from collections.abc import Collection as Many
    from collections.abc import Iterable, Sequence

    from pymongo.database import Database

    Document = dict[str, Any]

_STATE = dict.fromkeys(("stage", "active", "version", "block"), 1)
_TEXT = {"candidate_id": 1, "cover_letter": 1}
_MANAGED = {"employer_id": {"$gte": ""}}
_INDEXED = {"$set": {"indexed": True}}


class Place(NamedTuple):
    """The block of an application."""

    posting_id: str
    block: int
    application_id: str


class WaitingRepository:
    """Reads waiting applications, and records which ones are indexed."""

    def __init__(self, database: Database[Document]) -> None:
        self._applications = applications_collection(database)

    def create_indexes(self) -> None:
        """Create the index. Calling it again changes nothing."""
        self._applications.create_index(
            [(name, 1) for name in ("indexed", "employer_id", "posting_id", "_id")],
            partialFilterExpression=_MANAGED,
            name="applicants_waiting_for_index",
        )

    def find_postings(self, at_least: int) -> list[tuple[str, str]]:
        """Return the employers and postings with at least this many waiting applications."""
        groups = self._applications.aggregate(
            [
                {"$match": {"indexed": None, **_MANAGED}},
                {
                    "$group": {
                        "_id": {"employer": "$employer_id", "posting": "$posting_id"},
                        "count": {"$sum": 1},
                    }
                },
                {"$match": {"count": {"$gte": at_least}}},
            ]
        )
        return [(group["_id"]["employer"], group["_id"]["posting"]) for group in groups]

    def find_newest(
        self, employer_id: str, posting_id: str, *, before: str, count: int, text: bool = False
    ) -> list[Document]:
        """Return the newest waiting applications, newest first.

        Args:
            employer_id: the employer.
            posting_id: the posting.
            before: return only applications with smaller ids; empty for no bound.
            count: return at most this many.
            text: whether to read the cover letters, too.
        """
        own = {"indexed": None, "employer_id": employer_id, "posting_id": posting_id}
        fields = _STATE | _TEXT if text else _STATE

        def find(ids: dict[str, str], most: int) -> list[Document]:
            found = self._applications.find({**own, "_id": ids}, fields)
            return list(found.sort("_id", -1).limit(most))

        return find_newest(find, before=before, since=posting_id, count=count)

    def find_all(self, employer_id: str, posting_id: str) -> list[Document]:
        """Return all waiting applications for a posting."""
        own = {"indexed": None, "employer_id": employer_id, "posting_id": posting_id}
        return list(self._applications.find({**own, "_id": {"$lt": "g"}}, _STATE))

    def read(self, application_ids: Many[str], *, text: bool = False) -> list[Document]:
        """Return the given applications that still belong to an employer."""
        fields = _STATE | _TEXT if text else _STATE
        return list(
            self._applications.find({"_id": {"$in": sorted(application_ids)}, **_MANAGED}, fields)
        )

    def assign(self, application_ids: Many[str], block: int) -> None:
        """Assign a block to the given applications that have none."""
        self._applications.update_many(
            {"_id": {"$in": sorted(application_ids)}, **_MANAGED, "block": None},
            {"$set": {"block": block}},
        )

    def set_indexed(self, documents: Sequence[Document]) -> None:
        """Mark applications as indexed, unless they have changed since they were read."""
        updates = [
            UpdateOne({"_id": one["_id"], "version": one.get("version")}, _INDEXED)
            for one in documents
        ]
        if updates:
            self._applications.bulk_write(updates, ordered=False)

    def withdraw_from_employers(self, candidate_id: str) -> Iterable[Place]:
        """Hide the applications of a candidate from employers. Return those that have blocks."""
        own = {"candidate_id": candidate_id}
        self._applications.update_many(own, {"$unset": {"employer_id": ""}})
        found = self._applications.find(own, {"posting_id": 1, "block": 1})
        return [
            Place(one["posting_id"], one["block"], one["_id"]) for one in found if "block" in one
        ]
