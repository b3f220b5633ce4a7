"""Legal hold repository (MongoDB): applications and postings whose data an employer must keep.

A hold ends after a year, unless an owner renews it. So no data is kept because of a forgotten hold.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib.common import times

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pymongo.collection import Collection
    from pymongo.database import Database

LIFETIME = timedelta(days=365)
MAX_LISTED = 500


class Hold(NamedTuple):
    """A hold on an application, or on all applications for a posting.

    Args:
        target_id: the application or the posting.
        posting_id: the posting in both cases.
        reason: why, in words of an owner.
        at: when it was placed or renewed.
        until: when it ends.
    """

    target_id: str
    posting_id: str
    reason: str
    at: datetime
    until: datetime


class HoldRepository:
    """Reads and writes holds."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._holds: Collection[dict[str, Any]] = database["legal_holds"]

    def create_indexes(self) -> None:
        """Create the indexes. Calling it again changes nothing."""
        self._holds.create_index([("employer_id", 1), ("_id", 1)], name="of_an_employer")
        self._holds.create_index("until", expireAfterSeconds=0, name="expire")

    def place(self, employer_id: str, target_id: str, posting_id: str, reason: str) -> Hold:
        """Place a hold, or renew it with another reason."""
        now = times.to_stored_time(times.now())
        hold = Hold(target_id, posting_id, reason, now, now + LIFETIME)
        fields = {name: getattr(hold, name) for name in ("posting_id", "reason", "at", "until")}
        self._holds.update_one(
            {"_id": target_id}, {"$set": {"employer_id": employer_id, **fields}}, upsert=True
        )
        return hold

    def release(self, employer_id: str, target_id: str) -> bool:
        """Remove a hold. Return whether there was one."""
        own = {"_id": target_id, "employer_id": employer_id}
        return bool(self._holds.delete_one(own).deleted_count)

    def find_all(self, employer_id: str) -> list[Hold]:
        """Return the holds of an employer that have not ended, the newest targets first."""
        query = {"employer_id": employer_id, "until": {"$gt": times.now()}}
        found = self._holds.find(query).sort("_id", -1).limit(MAX_LISTED)
        return [
            Hold(one["_id"], one["posting_id"], one["reason"], one["at"], one["until"])
            for one in found
        ]

    def find_held(self, postings: Mapping[str, str]) -> set[str]:
        """Return those of these applications that are held, also by a hold on their postings.

        Args:
            postings: the ids of their postings, by their own ids.
        """
        targets = sorted({*postings, *postings.values()})
        query = {"_id": {"$in": targets}, "until": {"$gt": times.now()}}
        held = {one["_id"] for one in self._holds.find(query, {"_id": 1})} if targets else set()
        return {one for one, posting_id in postings.items() if held & {one, posting_id}}

    def delete_of(self, application_ids: Iterable[str]) -> None:
        """Delete the holds on applications that are erased: the reasons are about the people."""
        self._holds.delete_many({"_id": {"$in": sorted(application_ids)}})
