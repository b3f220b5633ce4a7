"""Postings: what an employer looks for, as published by a recruiter."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from chalicelib.errors import PostingNotFound

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pymongo.collection import Collection
    from pymongo.database import Database

    from chalicelib.queue import Shards

PAGE = 50


class Salary(msgspec.Struct, frozen=True):
    """A yearly range in whole units of a currency (ISO 4217)."""

    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]
    least: int
    most: int


class Posting(msgspec.Struct, frozen=True):
    """A posting. It takes applications until ``closes_at``, or until it is withdrawn."""

    id: str
    title: str
    employer: str
    location: str
    description: str
    published_at: datetime
    salary: Salary | None = None
    closes_at: datetime | None = None


class Postings:
    """The postings of a stage, in MongoDB; which of them are open is also known to the queue.

    The queue must know, since it decides in its one round trip whether an application is accepted.
    """

    def __init__(self, database: Database[dict[str, Any]], lanes: Shards) -> None:
        self._postings: Collection[dict[str, Any]] = database["postings"]
        self._lanes = lanes

    def prepare(self) -> None:
        """Create the indexes. May be repeated."""
        self._postings.create_index([("published_at", -1), ("_id", -1)])

    def publish(self, posting: Posting) -> None:
        """Store a posting and open it for applications. Publishing it again replaces it."""
        document = msgspec.to_builtins(posting, builtin_types=(datetime,))
        document["_id"] = document.pop("id")
        self._postings.replace_one({"_id": posting.id}, document, upsert=True)
        self._lanes.open_gate(posting.id, posting.closes_at)

    def newest(self) -> list[Posting]:
        """The newest open postings, at most 50."""
        now = datetime.now(UTC)
        found = (
            self._postings.find({"$or": [{"closes_at": None}, {"closes_at": {"$gt": now}}]})
            .sort([("published_at", -1), ("_id", -1)])
            .limit(PAGE)
        )
        return [_posting(document) for document in found]

    def get(self, posting_id: str) -> Posting:
        """One posting.

        Raises:
            PostingNotFound: there is none with this id.
        """
        document = self._postings.find_one({"_id": posting_id})
        if document is None:
            raise PostingNotFound
        return _posting(document)

    def by_id(self, posting_ids: Iterable[str]) -> dict[str, Posting]:
        """Postings by id; those that are gone are left out."""
        found = self._postings.find({"_id": {"$in": sorted(set(posting_ids))}})
        return {document["_id"]: _posting(document) for document in found}

    def reopen(self, posting_id: str) -> None:
        """Tell the queue of a posting that it should know, should its memory have been lost.

        Raises:
            PostingNotFound: the database does not know it either.
        """
        posting = self.get(posting_id)
        self._lanes.open_gate(posting.id, posting.closes_at)


def _posting(document: dict[str, Any]) -> Posting:
    return msgspec.convert({**document, "id": document["_id"]}, Posting)
