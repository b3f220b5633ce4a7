"""Operation repository (MongoDB): bulk operations, and the lists of their applications.

The list of an operation is frozen: it is stored in chunks before the operation, and a chunk without
its operation expires. The list holds ids of applications and no data of candidates, so deleting an
account leaves nothing of the person in it. An operation holds what a member wrote to candidates, so
it expires 90 days after it finished, together with its list.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import batched
from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.common import times
from chalicelib.common.mongo import insert_missing
from chalicelib.recruiting.bulk.commands import command_id
from chalicelib.recruiting.bulk.documents import Chunk, StoredOperation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pymongo.collection import Collection
    from pymongo.database import Database

    from chalicelib.recruiting.bulk.documents import Ending, Item
    from chalicelib.recruiting.pipeline.postings import PostingPipeline

CHUNK = 500
_ORPHANS_KEPT = timedelta(days=1)
# As long as refusals. Its e-mails are sent within 7 days.
KEPT = timedelta(days=90)
_EXPIRY = "finished_expire"


class OperationRepository:
    """Reads and writes bulk operations."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._operations: Collection[dict[str, Any]] = database["operations"]
        self._chunks: Collection[dict[str, Any]] = database["operation_items"]

    def create_indexes(self) -> None:
        """Create the indexes. Calling it again changes nothing."""
        self._operations.create_index(
            [("employer_id", 1), ("posting_id", 1), ("_id", -1)], name="of_a_posting"
        )
        self._operations.create_index(
            [("posting_id", 1)], partialFilterExpression={"total": 1}, name="of_one_application"
        )
        self._operations.create_index(
            [("active", 1)], partialFilterExpression={"active": True}, name="active"
        )
        self._operations.create_index(
            [("request_key", 1)],
            unique=True,
            partialFilterExpression={"request_key": {"$exists": True}},
            name="one_for_a_request",
        )
        self._chunks.create_index("expires_at", expireAfterSeconds=0, name="orphans_expire")
        if _EXPIRY not in self._operations.index_information():
            # Operations of earlier versions have lists that do not expire.
            for document in self._operations.find({"finished_at": {"$exists": True}}):
                if operation := _read(document):
                    self._expire_list(operation, operation.finished_at)
            self._operations.create_index(
                "finished_at", expireAfterSeconds=int(KEPT.total_seconds()), name=_EXPIRY
            )

    def insert(self, operation: StoredOperation, items: Sequence[Item]) -> StoredOperation:
        """Store an operation and its list. Return it, or the earlier one of the same request."""
        expires_at = times.now() + _ORPHANS_KEPT
        self._chunks.insert_many(
            {
                "_id": _chunk_id(operation.id, n),
                "items": [list(item) for item in part],
                "unsent": [item.application_id for item in part],
                "endings": {},
                "expires_at": expires_at,
            }
            for n, part in enumerate(batched(items, CHUNK))
        )
        document = {
            "_id": operation.id,
            **msgspec.to_builtins(operation, builtin_types=(datetime,)),
        }
        del document["id"]
        document = {name: value for name, value in document.items() if value is not None}
        if insert_missing(self._operations, [document]) and operation.request_key:
            return self.find_by_request(operation.request_key) or operation
        return operation

    def keep_list(self, operation: StoredOperation) -> None:
        """Keep the list of a stored operation from expiring."""
        self._chunks.update_many(_chunks_of(operation), {"$unset": {"expires_at": ""}})

    def find(self, employer_id: str, operation_id: str) -> StoredOperation | None:
        """Return an operation of an employer, or None."""
        return _read(self._operations.find_one({"_id": operation_id, "employer_id": employer_id}))

    def find_by_request(self, request_key: str) -> StoredOperation | None:
        """Return the operation that was accepted for a request, or None."""
        return _read(self._operations.find_one({"request_key": request_key}))

    def find_active(self) -> list[StoredOperation]:
        """Return the operations that the sweep must continue, the oldest first."""
        found = self._operations.find({"active": True}).sort("_id", 1)
        return [one for document in found if (one := _read(document))]

    def page(
        self, employer_id: str, posting_id: str, *, before: str, count: int
    ) -> list[StoredOperation]:
        """Return the newest operations of a posting, newest first.

        Args:
            employer_id: the employer.
            posting_id: the posting.
            before: return only operations with smaller ids; empty for no bound.
            count: return at most this many.
        """
        query: dict[str, Any] = {"employer_id": employer_id, "posting_id": posting_id}
        if before:
            query["_id"] = {"$lt": before}
        found = self._operations.find(query).sort("_id", -1).limit(count)
        return [one for document in found if (one := _read(document))]

    def has_cancelled_email(
        self, pipeline: PostingPipeline, application_id: str, command: str
    ) -> bool:
        """Return whether the command for an application is of an operation with cancelled e-mails.

        The sweep may not have withheld an e-mail yet when it is sent, so the mail worker asks here.
        """
        own = {"employer_id": pipeline.employer_id, "posting_id": pipeline.id}
        cancelled = self._operations.find({**own, "emails_cancelled": True}, {"_id": 1})
        return any(command_id(one["_id"], application_id) == command for one in cancelled)

    def cancel_emails(self, operation: StoredOperation) -> None:
        """Record that the e-mails are cancelled, and let the sweep withhold them."""
        self._operations.update_one(
            {"_id": operation.id}, {"$set": {"emails_cancelled": True, "active": True}}
        )

    def redact(self, postings: Mapping[str, str]) -> None:
        """Delete the texts of operations that were for one of these applications alone.

        Args:
            postings: the ids of the postings of applications, by their own ids.
        """
        alone = {"posting_id": {"$in": sorted({*postings.values()})}, "total": 1}
        ids = {_chunk_id(one["_id"], 0): one["_id"] for one in self._operations.find(alone, {})}
        chunks = self._chunks.find({"_id": {"$in": sorted(ids)}}, {"items": 1})
        own = [ids[one["_id"]] for one in chunks if one["items"][0][0] in postings]
        for path in ("action.message", "plan.email.message", "plan.reason"):
            query = {"_id": {"$in": own}, path: {"$gt": ""}}
            self._operations.update_many(query, {"$set": {path: ""}})

    def finish(self, operation: StoredOperation, results: Mapping[str, int]) -> None:
        """Store the results, unless e-mails were cancelled after the operation was read.

        The operation and its list expire.
        """
        finished_at = operation.finished_at or times.now()
        # First: if the process dies between them, the sweep continues the operation.
        self._expire_list(operation, finished_at)
        self._operations.update_one(
            {"_id": operation.id, "emails_cancelled": operation.emails_cancelled},
            {
                "$set": {
                    "active": False,
                    "results": dict(results),
                    "finished_at": finished_at,
                }
            },
        )

    def _expire_list(self, operation: StoredOperation, finished_at: datetime | None) -> None:
        if finished_at:
            expiry = {"$set": {"expires_at": finished_at + KEPT}}
            self._chunks.update_many(_chunks_of(operation), expiry)

    def chunks(self, operation: StoredOperation, first: int = 0) -> Iterator[Chunk]:
        """Yield the chunks of the list in order, beginning with number ``first``."""
        for n in range(first, -(-operation.total // CHUNK)):
            found = self._chunks.find_one({"_id": _chunk_id(operation.id, n)})
            if found:
                yield msgspec.convert({**found, "id": found["_id"]}, Chunk)

    def record_sent(self, chunk: Chunk, application_ids: Sequence[str]) -> None:
        """Record that lanes accepted the commands for applications of a chunk."""
        if application_ids:
            self._chunks.update_one(
                {"_id": chunk.id}, {"$pullAll": {"unsent": list(application_ids)}}
            )

    def record_endings(self, chunk: Chunk, endings: Mapping[str, Ending]) -> None:
        """Record how applications of a chunk ended. Calling it again changes nothing."""
        if endings:
            new = {f"endings.{one}": ending for one, ending in endings.items()}
            update = {"$set": new, "$pullAll": {"unsent": list(endings)}}
            self._chunks.update_one({"_id": chunk.id}, update)


def _chunk_id(operation_id: str, n: int) -> str:
    return f"{operation_id}-{n:06}"


def _chunks_of(operation: StoredOperation) -> dict[str, Any]:
    count = -(-operation.total // CHUNK)
    return {"_id": {"$in": [_chunk_id(operation.id, n) for n in range(count)]}}


def _read(document: Mapping[str, Any] | None) -> StoredOperation | None:
    if document is None:
        return None
    return msgspec.convert({"plan": None, **document, "id": document["_id"]}, StoredOperation)
