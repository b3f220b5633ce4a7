"""Posting repository (MongoDB)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.common.times import to_stored_time
from chalicelib.recruiting.postings.catalogue_repository import CatalogueRepository
from chalicelib.recruiting.postings.errors import PostingNotFound
from chalicelib.recruiting.postings.models import Posting

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pymongo.collection import Collection
    from pymongo.database import Database

    from chalicelib.queue import Shards

# The indexes and the field of a search that earlier versions of the code had.
_OLD_INDEXES = tuple(
    f"{prefix}published_at_-1__id_-1" for prefix in ("", "words_1_", "employer_1_", "location_1_")
)
_OLD_TERMS = "words"


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

    def remove_old_search(self) -> None:
        """Remove the indexes and terms of the search of earlier versions, which slow down writes.

        Calling it again changes nothing.
        """
        present = self._postings.index_information()
        for name in _OLD_INDEXES:
            if name in present:
                self._postings.drop_index(name)
        old = {_OLD_TERMS: {"$exists": True}}
        self._postings.update_many(old, {"$unset": {_OLD_TERMS: ""}})

    def build_catalogue(self) -> None:
        """Build the catalogue from the stored postings. Calling it again changes nothing."""
        self._catalogue.build(lambda: self._postings.find({}))

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
        document = self._postings.find_one({"_id": posting_id})
        if document is None:
            raise PostingNotFound
        return _from_document(document)

    def find_many(self, posting_ids: Iterable[str]) -> dict[str, Posting]:
        """Return postings by id, without those that do not exist."""
        found = self._postings.find({"_id": {"$in": sorted(set(posting_ids))}})
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
    """Return the document of a posting: its fields without the id."""
    document: dict[str, Any] = msgspec.to_builtins(posting, builtin_types=(datetime,))
    del document["id"]
    for name, value in document.items():
        if isinstance(value, datetime):
            document[name] = to_stored_time(value)
    return document
