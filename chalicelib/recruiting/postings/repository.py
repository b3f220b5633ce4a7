"""Posting repository (MongoDB)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.queue import Gates
from chalicelib.recruiting.forms.repository import FormRepository
from chalicelib.recruiting.postings.catalogue_repository import CatalogueRepository
from chalicelib.recruiting.postings.documents import (
    DRAFT,
    FIRST_VERSION,
    ONLY_PUBLISHED,
    state_of,
    to_document,
    to_public,
)
from chalicelib.recruiting.postings.errors import PostingNotFound
from chalicelib.recruiting.postings.publisher import PostingPublisher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pymongo.collection import Collection
    from pymongo.database import Database

    from chalicelib.queue import Shards
    from chalicelib.recruiting.postings.models import Posting

# The indexes and the field of a search that earlier versions of the code had.
_OLD_INDEXES = tuple(
    f"{prefix}published_at_-1__id_-1" for prefix in ("", "words_1_", "employer_1_", "location_1_")
)
_OLD_TERMS = "words"


def postings_collection(database: Database[dict[str, Any]]) -> Collection[dict[str, Any]]:
    """Return the collection of postings."""
    return database["postings"]


class PostingRepository:
    """Reads postings as everyone may read them: all but drafts.

    The queue has a gate for each posting, because it decides in one round trip whether to accept an
    application.
    """

    def __init__(
        self,
        database: Database[dict[str, Any]],
        lanes: Shards,
        restore_log: Callable[[str], None] = lambda posting_id: None,
    ) -> None:
        self._postings = postings_collection(database)
        self._catalogue = CatalogueRepository(database)
        self.publisher = PostingPublisher(
            self._postings, self._catalogue, Gates(lanes), FormRepository(database), restore_log
        )

    def create_indexes(self) -> None:
        """Create the indexes. Calling it again changes nothing."""
        self._postings.create_index([("employer_id", 1), ("_id", -1)], name="of_an_employer")
        self._postings.create_index([("state", 1), ("_id", 1)], name="by_state")
        self._postings.create_index([("changed_at", 1)], name="by_change")

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
        self._catalogue.build(lambda: self._postings.find(ONLY_PUBLISHED))

    def publish(self, posting: Posting) -> None:
        """Store a posting that has no employer's id, list it and open its gate.

        Publishing a posting again replaces it.

        Raises:
            pymongo.errors.PyMongoError, redis.exceptions.RedisError: not all of that was done;
                publish it again.
        """
        document = {**to_document(posting), "version": FIRST_VERSION}
        del document["id"]
        self._postings.replace_one({"_id": posting.id}, document, upsert=True)
        self.publisher.follow(posting.id)

    def get(self, posting_id: str) -> Posting:
        """Return a posting.

        Raises:
            PostingNotFound: no posting has this id, or it is a draft.
        """
        document = self._postings.find_one({"_id": posting_id})
        if document is None or state_of(document) == DRAFT:
            raise PostingNotFound
        return to_public(document)

    def find_many(self, posting_ids: Iterable[str]) -> dict[str, Posting]:
        """Return postings by id, without those that do not exist."""
        wanted = {"_id": {"$in": sorted(set(posting_ids))}, "state": {"$ne": DRAFT}}
        return {document["_id"]: to_public(document) for document in self._postings.find(wanted)}

    def reopen(self, posting_id: str) -> None:
        """Open the gate of a stored posting again, after Redis lost its memory.

        Raises:
            PostingNotFound: no posting has this id, or it is a draft.
        """
        self.publisher.open_gate(posting_id)
