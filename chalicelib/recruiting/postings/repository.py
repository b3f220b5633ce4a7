"""Postings: what an employer looks for, as published by a recruiter."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from pymongo import UpdateOne

from chalicelib.recruiting.postings.errors import PostingNotFound
from chalicelib.recruiting.postings.search_text import words_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pymongo.collection import Collection
    from pymongo.database import Database

    from chalicelib.queue import Shards

Workplace = Literal["on-site", "hybrid", "remote"]
Employment = Literal["full-time", "part-time", "temporary", "internship"]

NEWEST_FIRST = [("published_at", -1), ("_id", -1)]
# What is stored for searching only.
UNSEEN = {"words": False}


class Salary(msgspec.Struct, frozen=True):
    """A yearly range in whole units of a currency (ISO 4217)."""

    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]
    least: int
    most: int


class Posting(msgspec.Struct, frozen=True):
    """A posting. It takes applications until ``closes_at``, or until it is withdrawn.

    ``description`` is plain text: blank lines part paragraphs, lines that begin with "- " are the
    items of a list.
    """

    id: str
    title: str
    employer: str
    location: str
    description: str
    published_at: datetime
    salary: Salary | None = None
    closes_at: datetime | None = None
    # What postings were before they could say it.
    workplace: Workplace = "on-site"
    employment: Employment = "full-time"


class Postings:
    """The postings of a stage, in MongoDB; which of them are open is also known to the queue.

    The queue must know, since it decides in its one round trip whether an application is accepted.
    """

    def __init__(self, database: Database[dict[str, Any]], lanes: Shards) -> None:
        self._postings: Collection[dict[str, Any]] = database["postings"]
        self._lanes = lanes

    def prepare(self) -> None:
        """Create the indexes, and let searches find what older versions stored. May be repeated."""
        self._postings.create_index(NEWEST_FIRST)
        # Each ends in the order of the list, so that a page of one employer, or of one word, is
        # read from its index alone. Of workplaces and employments there are too few for that to
        # help: the next page of them is never far down the list of all.
        for field in ("words", "employer", "location"):
            self._postings.create_index([(field, 1), *NEWEST_FIRST])
        self._complete()

    def publish(self, posting: Posting) -> None:
        """Store a posting and open it for applications. Publishing it again replaces it."""
        document = _document(posting)
        self._postings.replace_one({"_id": posting.id}, document, upsert=True)
        self._lanes.open_gate(posting.id, posting.closes_at)

    def get(self, posting_id: str) -> Posting:
        """One posting.

        Raises:
            PostingNotFound: there is none with this id.
        """
        document = self._postings.find_one({"_id": posting_id}, UNSEEN)
        if document is None:
            raise PostingNotFound
        return _posting(document)

    def by_id(self, posting_ids: Iterable[str]) -> dict[str, Posting]:
        """Postings by id; those that are gone are left out."""
        found = self._postings.find({"_id": {"$in": sorted(set(posting_ids))}}, UNSEEN)
        return {document["_id"]: _posting(document) for document in found}

    def reopen(self, posting_id: str) -> None:
        """Tell the queue of a posting that it should know, should its memory have been lost.

        Raises:
            PostingNotFound: the database does not know it either.
        """
        posting = self.get(posting_id)
        self._lanes.open_gate(posting.id, posting.closes_at)

    def _complete(self) -> None:
        """Give postings that were stored before there was a search what it looks at."""
        incomplete = map(_posting, self._postings.find({"words": {"$exists": False}}))
        changes = [
            # Whoever publishes it anew meanwhile has written the words, and of the newer text.
            UpdateOne({"_id": one.id, "words": {"$exists": False}}, {"$set": _document(one)})
            for one in incomplete
        ]
        if changes:
            self._postings.bulk_write(changes, ordered=False)


def _posting(document: dict[str, Any]) -> Posting:
    return msgspec.convert({**document, "id": document["_id"]}, Posting)


def _document(posting: Posting) -> dict[str, Any]:
    """A posting as it is stored: with the words by which it is found, but without its id."""
    document: dict[str, Any] = msgspec.to_builtins(posting, builtin_types=(datetime,))
    del document["id"]
    document["words"] = words_in(
        posting.title, posting.employer, posting.location, posting.description
    )
    return document
