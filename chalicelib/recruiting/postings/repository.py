"""Posting repository (MongoDB)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from pymongo import UpdateOne

from chalicelib.common.times import to_stored_time
from chalicelib.recruiting.postings.catalogue_repository import CatalogueRepository
from chalicelib.recruiting.postings.errors import PostingNotFound
from chalicelib.recruiting.postings.models import Posting
from chalicelib.recruiting.postings.search_text import search_terms

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pymongo.collection import Collection
    from pymongo.database import Database

    from chalicelib.queue import Shards

NEWEST_FIRST = [("published_at", -1), ("_id", -1)]
# The stored search terms are for queries only, so reads leave them out.
WITHOUT_TERMS = {"words": False}


def postings_collection(database: Database[dict[str, Any]]) -> Collection[dict[str, Any]]:
    """Return the collection of postings."""
    return database["postings"]


class PostingRepository:
    """Reads and writes postings, and opens a gate in the queue for each.

    The queue needs the gates to decide in one round trip whether to accept an application.
    """

    def __init__(self, database: Database[dict[str, Any]], lanes: Shards) -> None:
        self._postings = postings_collection(database)
        self._catalogue = CatalogueRepository(database)
        self._lanes = lanes

    def create_indexes(self) -> None:
        """Create the indexes. Calling it again changes nothing."""
        self._postings.create_index(NEWEST_FIRST)
        # The index ends in the order of the list, so that a page of one search term is read from it
        # alone.
        self._postings.create_index([("words", 1), *NEWEST_FIRST])

    def add_missing_terms(self) -> None:
        """Add search terms to postings that were stored before the search existed."""
        without_terms = map(_from_document, self._postings.find({"words": {"$exists": False}}))
        changes = [
            # A posting that is published again at the same time gets the terms of its newer text.
            UpdateOne({"_id": one.id, "words": {"$exists": False}}, {"$set": _to_document(one)})
            for one in without_terms
        ]
        if changes:
            self._postings.bulk_write(changes, ordered=False)

    def build_catalogue(self) -> None:
        """Build the catalogue from the stored postings. Calling it again changes nothing."""
        self._catalogue.build(lambda: self._postings.find({}, WITHOUT_TERMS))

    def publish(self, posting: Posting) -> None:
        """Store a posting, list it and open its gate. Publishing a posting again replaces it.

        Raises:
            pymongo.errors.PyMongoError, redis.exceptions.RedisError: not all of that was done;
                publish it again.
        """
        document = _to_document(posting)
        self._postings.replace_one({"_id": posting.id}, document, upsert=True)
        self._catalogue.put(posting.id, document)
        self._lanes.open_gate(posting.id, document["closes_at"])

    def get(self, posting_id: str) -> Posting:
        """Return a posting.

        Raises:
            PostingNotFound: no posting has this id.
        """
        document = self._postings.find_one({"_id": posting_id}, WITHOUT_TERMS)
        if document is None:
            raise PostingNotFound
        return _from_document(document)

    def find_many(self, posting_ids: Iterable[str]) -> dict[str, Posting]:
        """Return postings by id, without those that do not exist."""
        found = self._postings.find({"_id": {"$in": sorted(set(posting_ids))}}, WITHOUT_TERMS)
        return {document["_id"]: _from_document(document) for document in found}

    def reopen(self, posting_id: str) -> None:
        """Open the gate of a stored posting again, after Redis lost its memory.

        Raises:
            PostingNotFound: no posting has this id.
        """
        posting = self.get(posting_id)
        self._lanes.open_gate(posting.id, posting.closes_at)


def _from_document(document: dict[str, Any]) -> Posting:
    return msgspec.convert({**document, "id": document["_id"]}, Posting)


def _to_document(posting: Posting) -> dict[str, Any]:
    """Return the document of a posting: its fields without the id, and its search terms."""
    document: dict[str, Any] = msgspec.to_builtins(posting, builtin_types=(datetime,))
    del document["id"]
    for name, value in document.items():
        if isinstance(value, datetime):
            document[name] = to_stored_time(value)
    document["words"] = search_terms(
        posting.title, posting.employer, posting.location, posting.description
    )
    return document
