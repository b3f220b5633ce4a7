"""Operation repository (MongoDB): bulk operations, and the lists of their applications.

The list of an operation is frozen: it is stored in chunks before the operation, and a chunk without
its operation expires. The list holds ids of applications and no data of candidates, so deleting an
account leaves nothing of the person in it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import batched
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from chalicelib.common import times
from chalicelib.common.mongo import insert_missing
from chalicelib.recruiting.bulk.commands import command_id
from chalicelib.recruiting.bulk.models import Action
from chalicelib.recruiting.pipeline.rejection_planner import RejectionPlan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pymongo.collection import Collection
    from pymongo.database import Database

    from chalicelib.recruiting.pipeline.postings import PostingPipeline

CHUNK = 500
_ORPHANS_KEPT = timedelta(days=1)
# How an application of an operation ended: the number of its event, or why it was not changed.
Ending = int | str


class Item(NamedTuple):
    """An application of an operation, and the stage in which it was selected."""

    application_id: str
    expected_stage: str


class StoredOperation(msgspec.Struct, frozen=True):
    """A bulk operation as it is stored.

    Args:
        id: its id.
        employer_id: the employer.
        posting_id: the posting of the applications.
        actor: the account of the member.
        action: what to do with the applications.
        plan: the rejection, with the employer's settings when it was accepted; None for a move.
        total: how many applications it has.
        created_at: when it was accepted.
        correlation_id: the correlation id of its request.
        request_key: the idempotency key of the request, with employer and account.
        fingerprint: the digest of that request.
        active: whether the sweep must continue it.
        emails_cancelled: whether the e-mails of the rejections were cancelled.
        results: the counts of the endings when the operation finished.
        finished_at: when it finished.
    """

    id: str
    employer_id: str
    posting_id: str
    actor: str
    action: Action
    plan: RejectionPlan | None
    total: int
    created_at: datetime
    correlation_id: str
    request_key: str | None = None
    fingerprint: str = ""
    active: bool = True
    emails_cancelled: bool = False
    results: dict[str, int] | None = None
    finished_at: datetime | None = None

    @property
    def has_emails(self) -> bool:
        """Whether candidates get an e-mail."""
        return self.plan is not None and self.plan.email is not None


class Chunk(msgspec.Struct, frozen=True):
    """A part of the list of an operation.

    Args:
        id: its id.
        items: the applications.
        unsent: the applications whose commands no lane has accepted yet.
        endings: how applications ended, by id.
    """

    id: str
    items: list[Item]
    unsent: list[str]
    endings: dict[str, Ending]


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
            [("active", 1)], partialFilterExpression={"active": True}, name="active"
        )
        self._operations.create_index(
            [("request_key", 1)],
            unique=True,
            partialFilterExpression={"request_key": {"$exists": True}},
            name="one_for_a_request",
        )
        self._chunks.create_index("expires_at", expireAfterSeconds=0, name="orphans_expire")

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

    def finish(self, operation: StoredOperation, results: Mapping[str, int]) -> None:
        """Store the results, unless e-mails were cancelled after the operation was read."""
        self._operations.update_one(
            {"_id": operation.id, "emails_cancelled": operation.emails_cancelled},
            {
                "$set": {
                    "active": False,
                    "results": dict(results),
                    "finished_at": operation.finished_at or times.now(),
                }
            },
        )

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
