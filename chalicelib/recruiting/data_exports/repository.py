"""Repository of exports (MongoDB).

An export is open until its file is written and its owner was told. A process that works on an open
export has a lease. If the process dies, the lease expires and another one begins again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from chalicelib.common import times
from chalicelib.common.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Collection as Many
    from datetime import datetime

    from pymongo.collection import Collection
    from pymongo.database import Database

    Document = dict[str, Any]

# Longer than the function that writes an export may run.
LEASE = timedelta(seconds=330)
# After a failed attempt; more after each further one.
_PAUSE = timedelta(minutes=1)
KEPT = timedelta(days=7)
MAX_ATTEMPTS = 5
_LISTED = 20


class ExportRepository:
    """Reads and writes exports.

    Args:
        database: the database of the deployment stage.
        clock: returns the current time.
    """

    def __init__(
        self, database: Database[dict[str, Any]], clock: Callable[[], datetime] = times.now
    ) -> None:
        self._exports: Collection[Document] = database["data_exports"]
        self._clock = clock

    def create_indexes(self) -> None:
        """Create the indexes. Calling it again changes nothing."""
        self._exports.create_index(
            "account_id",
            unique=True,
            partialFilterExpression={"open": True},
            name="one_open_export",
        )
        self._exports.create_index([("account_id", 1), ("_id", -1)], name="of_an_account")
        self._exports.create_index("lease_until", sparse=True, name="open_exports")
        self._exports.create_index("expires_at", expireAfterSeconds=0)

    def start(self, account_id: str) -> Document | None:
        """Store a new export. Return None if the account has an open one."""
        now = times.to_stored_time(self._clock())
        document = {
            "_id": new_id(),
            "account_id": account_id,
            "open": True,
            "state": "pending",
            "requested_at": now,
            "lease_until": now,
            "attempts": 0,
        }
        try:
            self._exports.insert_one(document)
        except DuplicateKeyError:
            return None
        return document

    def find_open(self, account_id: str) -> Document | None:
        """Return the open export of an account, or None."""
        return self._exports.find_one({"account_id": account_id, "open": True})

    def find(self, account_id: str, export_id: str) -> Document | None:
        """Return an export of an account, or None."""
        found = self._exports.find_one({"_id": export_id, "account_id": account_id})
        return found if found and not self._is_expired(found) else None

    def find_all(self, account_id: str) -> list[Document]:
        """Return the newest exports of an account."""
        found = self._exports.find({"account_id": account_id}).sort("_id", -1).limit(_LISTED)
        return [one for one in found if not self._is_expired(one)]

    def find_existing(self, export_ids: Many[str]) -> set[str]:
        """Return those of these ids that exports have."""
        found = self._exports.find({"_id": {"$in": sorted(export_ids)}}, {"_id": 1})
        return {one["_id"] for one in found}

    def claim(self, export_id: str | None = None) -> Document | None:
        """Return an open export on which no process works, with a new lease; None if there is none.

        Args:
            export_id: the export; the oldest one by default.
        """
        now = self._clock()
        query: Document = {"open": True, "lease_until": {"$lte": now}}
        if export_id is not None:
            query["_id"] = export_id
        change = {"lease_until": now + LEASE, "lease": new_id()}
        return self._exports.find_one_and_update(
            query,
            {"$set": change, "$inc": {"attempts": 1}},
            sort=[("lease_until", 1)],
            return_document=ReturnDocument.AFTER,
        )

    def set_ready(self, claimed: Document, size: int) -> bool:
        """Record that the file of an export is written. Return False if the lease is lost."""
        values = {"state": "ready", "bytes": size, "expires_at": self._clock() + KEPT}
        return self._change(claimed, {"$set": values})

    def close(self, claimed: Document) -> bool:
        """Record that nothing is left to do for an export."""
        return self._change(claimed, {"$unset": {"open": "", "lease": "", "lease_until": ""}})

    def set_failed(self, claimed: Document) -> bool:
        """Record that no file of an export will be written. Return False if the lease is lost."""
        values = {"state": "failed", "expires_at": self._clock() + KEPT}
        return self._change(claimed, {"$set": values})

    def release(self, claimed: Document) -> None:
        """Let another run continue with an export, after a pause."""
        until = self._clock() + _PAUSE * claimed["attempts"]
        self._change(claimed, {"$set": {"lease_until": until}})

    def delete_of_account(self, account_id: str) -> None:
        """Delete the exports of an account. A process that writes one loses its lease."""
        self._exports.delete_many({"account_id": account_id})

    def _change(self, claimed: Document, change: Document) -> bool:
        one = {"_id": claimed["_id"], "lease": claimed["lease"]}
        return bool(self._exports.update_one(one, change).matched_count)

    def _is_expired(self, document: Document) -> bool:
        return "expires_at" in document and bool(document["expires_at"] <= self._clock())
