"""Stored applications (MongoDB) as terms of the equation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.recruiting.applications.repository import applications_collection
from chalicelib.recruiting.equation.terms import Term

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from pymongo.database import Database

_FIELDS = {"_id": 1, "active": 1, "duplicate_of": 1}


class StoredApplications:
    """Reads which applications for a posting are stored, and as what."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._applications = applications_collection(database)

    def create_indexes(self) -> None:
        """Create the indexes. Calling it again changes nothing."""
        # It has all fields that are read, so that no document is.
        self._applications.create_index(
            [("posting_id", 1), ("active", 1), ("duplicate_of", 1), ("_id", 1)],
            name="terms_of_a_posting",
        )
        self._applications.create_index([("withdrawn_at", 1)], sparse=True, name="withdrawals")

    def has_any(self) -> bool:
        """Return whether any application is stored."""
        return self._applications.find_one({}, {"_id": 1}) is not None

    def find_postings(self) -> set[str]:
        """Return all postings with stored applications."""
        return set(self._applications.distinct("posting_id"))

    def find_postings_withdrawn_since(self, at: datetime) -> set[str]:
        """Return the postings with applications that were withdrawn since a time."""
        query = {"withdrawn_at": {"$gte": at}}
        return {one["posting_id"] for one in self._applications.find(query, {"posting_id": 1})}

    def count(self, posting_id: str) -> dict[Term, int]:
        """Return how many applications for a posting are stored, by term."""
        active = {"posting_id": posting_id, "active": True}
        inactive = {"posting_id": posting_id, "active": False}
        repeated = {**inactive, "duplicate_of": {"$gt": ""}}
        counts = [self._applications.count_documents(q) for q in (active, inactive, repeated)]
        return {
            Term.PIPELINE: counts[0],
            Term.WITHDRAWN: counts[1] - counts[2],
            Term.REPEATED: counts[2],
        }

    def find_of_posting(self, posting_id: str) -> dict[str, Term]:
        """Return the stored applications for a posting with their terms, by id."""
        return self._read({"posting_id": posting_id})

    def find(self, ids: Iterable[str]) -> dict[str, Term]:
        """Return those of these applications that are stored with their terms, by id."""
        return self._read({"_id": {"$in": sorted(ids)}})

    def _read(self, query: dict[str, Any]) -> dict[str, Term]:
        return {one["_id"]: _term(one) for one in self._applications.find(query, _FIELDS)}


def _term(document: Mapping[str, Any]) -> Term:
    if document.get("active"):
        return Term.PIPELINE
    return Term.REPEATED if document.get("duplicate_of") else Term.WITHDRAWN
