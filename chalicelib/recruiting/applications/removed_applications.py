"""Removed application repository (MongoDB): what remains of applications that were removed.

Such a document, ``{_id, posting_id, kind, at}``, names no person. It explains why an accepted
application is not stored.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib.common import times
from chalicelib.common.mongo import insert_missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pymongo.collection import Collection
    from pymongo.database import Database


class RemovalKind(StrEnum):
    """Why an application was removed: with its candidate's data, or as a dead letter."""

    ERASED = "erased"
    DISCARDED = "discarded"


class RemovedApplication(NamedTuple):
    """A removed application: its id, its posting, and why and when it was removed."""

    id: str
    posting_id: str
    kind: RemovalKind
    at: datetime


class RemovedApplicationRepository:
    """Reads and writes removed applications."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._removed: Collection[dict[str, Any]] = database["removed_applications"]

    def create_indexes(self) -> None:
        """Create the indexes. Calling it again changes nothing."""
        self._removed.create_index([("posting_id", 1), ("kind", 1)], name="of_a_posting")
        self._removed.create_index([("at", 1)], name="by_time")

    def add(self, applications: Iterable[RemovedApplication]) -> None:
        """Record removed applications in one write. An existing record stays as it is."""
        insert_missing(
            self._removed,
            [
                {"_id": one.id, "posting_id": one.posting_id, "kind": one.kind.value, "at": one.at}
                for one in applications
            ],
        )

    def add_erased(self, postings: Mapping[str, str]) -> None:
        """Record erased applications: the ids of their postings, by their own ids.

        One without a posting, an alias of an earlier version, is left out.
        """
        now = times.now()
        self.add(
            RemovedApplication(one, posting_id, RemovalKind.ERASED, now)
            for one, posting_id in postings.items()
            if posting_id
        )

    def find(self, ids: Iterable[str]) -> dict[str, RemovalKind]:
        """Return the given applications that were removed, with the kinds of the removals."""
        return self._read({"_id": {"$in": sorted(ids)}})

    def find_of_posting(self, posting_id: str) -> dict[str, RemovalKind]:
        """Return the removed applications for a posting, with the kinds of the removals."""
        return self._read({"posting_id": posting_id})

    def count(self, posting_id: str) -> dict[RemovalKind, int]:
        """Return how many applications for a posting were removed, by kind."""
        groups = self._removed.aggregate(
            [
                {"$match": {"posting_id": posting_id}},
                {"$group": {"_id": "$kind", "count": {"$sum": 1}}},
            ]
        )
        return {RemovalKind(group["_id"]): group["count"] for group in groups}

    def find_postings_since(self, at: datetime) -> set[str]:
        """Return the postings of which applications were removed since a time."""
        return set(self._removed.distinct("posting_id", {"at": {"$gte": at}}))

    def find_erased_since(self, at: datetime) -> dict[str, str]:
        """Return the applications that were erased since a time: the postings by their ids."""
        query = {"at": {"$gte": at}, "kind": RemovalKind.ERASED.value}
        return {one["_id"]: one["posting_id"] for one in self._removed.find(query)}

    def find_erased(self, ids: Iterable[str]) -> set[str]:
        """Return those of these applications that were erased."""
        found = self.find(ids)
        return {one for one, kind in found.items() if kind is RemovalKind.ERASED}

    def forget(self, ids: Iterable[str]) -> None:
        """Delete the records of applications that were stored later."""
        self._removed.delete_many({"_id": {"$in": sorted(ids)}})

    def _read(self, query: dict[str, Any]) -> dict[str, RemovalKind]:
        found = self._removed.find(query, {"kind": 1})
        return {one["_id"]: RemovalKind(one["kind"]) for one in found}
