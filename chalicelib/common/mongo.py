"""MongoDB: idempotent inserts, and the detection of outages."""

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
    """Insert documents in one write, except those whose unique key exists already.

    Returns:
        The documents that were not inserted.

    Raises:
        pymongo.errors.PyMongoError: a document was not written for another reason.
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
    """Return whether MongoDB is unreachable or too slow, rather than refusing an operation."""
    return isinstance(error, ConnectionFailure) or error.timeout
