"""Writing to MongoDB so that doing it again changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymongo.errors import BulkWriteError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pymongo.collection import Collection

_DUPLICATE_KEY = 11000


def insert_missing(
    collection: Collection[dict[str, Any]], documents: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Insert documents in one write. Returns those refused because a unique key was there already.

    Raises:
        pymongo.errors.PyMongoError: some could not be written for another reason.
    """
    if not documents:
        return []
    try:
        collection.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        failures = (error.details or {}).get("writeErrors", [])
        if not failures or any(failure["code"] != _DUPLICATE_KEY for failure in failures):
            raise
        return [documents[failure["index"]] for failure in failures]
    return []
