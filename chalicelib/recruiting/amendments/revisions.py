"""Revision repository (MongoDB): what candidates sent, one document for each revision.

A revision never changes. The newest one is in the document of the application, and not here. So an
application that was never amended has no revisions here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.common.mongo import insert_missing

if TYPE_CHECKING:
    from collections.abc import Collection as Many
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from pymongo.collection import Collection
    from pymongo.database import Database

    Document = dict[str, Any]


class RevisionRepository:
    """Reads and writes revisions."""

    def __init__(self, database: Database[Document]) -> None:
        self._revisions: Collection[Document] = database["revisions"]

    def create_indexes(self) -> None:
        """Create the index. Calling it again changes nothing."""
        self._revisions.create_index("candidate_id", name="revisions_of_a_candidate")

    def insert(self, revisions: Sequence[Document]) -> None:
        """Store revisions in one write, except those that are stored."""
        insert_missing(self._revisions, revisions)

    def find(self, application_id: str, n: int) -> Document | None:
        """Return a revision of an application, or None."""
        return self._revisions.find_one({"_id": _revision_id(application_id, n)})

    def delete(self, candidate_id: str) -> None:
        """Delete the revisions of all applications of a candidate."""
        self._revisions.delete_many({"candidate_id": candidate_id})

    def delete_of_applications(self, application_ids: Many[str]) -> None:
        """Delete the revisions of some applications."""
        for one in application_ids:
            # The character behind the colon is the semicolon.
            self._revisions.delete_many({"_id": {"$gt": f"{one}:", "$lt": f"{one};"}})

    def find_applications_after(self, application_id: str, count: int) -> list[str]:
        """Return the applications of the next ``count`` revisions, in the order of their ids.

        Args:
            application_id: return only greater ids; empty for no bound.
            count: how many revisions to read. An application appears once for each of them.
        """
        after = {"_id": {"$gt": f"{application_id};"}} if application_id else {}
        found = self._revisions.find(after, {"_id": 1}).sort("_id", 1).limit(count)
        return [one["_id"].partition(":")[0] for one in found]

    def find_owners(self, candidate_ids: Many[str]) -> set[str]:
        """Return those of these candidates who have revisions."""
        if not candidate_ids:
            return set()
        query = {"candidate_id": {"$in": sorted(candidate_ids)}}
        return set(self._revisions.distinct("candidate_id", query))


def new_revision(
    application: Mapping[str, Any], n: int, accepted_at: datetime, content: Mapping[str, Any]
) -> Document:
    """Return a revision as it is stored.

    Args:
        application: the document of the application.
        n: the number of the revision, from 1.
        accepted_at: when the queue accepted it.
        content: what the candidate sent.
    """
    return {
        "_id": _revision_id(application["_id"], n),
        "candidate_id": application["candidate_id"],
        "posting_id": application["posting_id"],
        "accepted_at": accepted_at,
        **content,
    }


def _revision_id(application_id: str, n: int) -> str:
    return f"{application_id}:{n}"
