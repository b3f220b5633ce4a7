"""MongoDB: writing so that doing it again changes nothing, and telling when it is down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymongo.errors import BulkWriteError, ConnectionFailure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pymongo.collection import Collection
    from pymongo.errors import PyMongoError

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


def is_outage(error: PyMongoError) -> bool:
    """Whether MongoDB cannot be reached or is too slow, rather than that it refuses something."""
    return isinstance(error, ConnectionFailure) or error.timeout
