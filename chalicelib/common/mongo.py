"""MongoDB: idempotent inserts, and whose fault an error is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bson.errors import BSONError
from pymongo.errors import BulkWriteError, OperationFailure, PyMongoError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pymongo.collection import Collection

# The client raises BSONError before it sends a document, for instance one that is too large.
MONGODB_ERRORS = (PyMongoError, BSONError)

_DUPLICATE_KEY = 11000
# Codes by which MongoDB refuses one document or one change of it, whatever its own state is
# (src/mongo/base/error_codes.yml of the server).
_DOCUMENT_ERRORS = frozenset(
    (
        *(2, 9, 14, 15, 16, 22),  # a value is wrong: BadValue, FailedToParse, ..., InvalidBSON
        *(28, 40, 52, 53, 54, 55, 56, 57, 66),  # a field's name, path or change is not allowed
        121,  # DocumentValidationFailure
        *(10334, 17280, 17419, 17420),  # a document or an index key is too large
        *(16755, 17261, 17262, 171),  # a value cannot be indexed
        *(_DUPLICATE_KEY, 11001, 12582),
    )
)


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
        if not is_duplicate(error):
            raise
        failures = (error.details or {})["writeErrors"]
        return [documents[failure["index"]] for failure in failures]
    return []


def is_duplicate(error: BulkWriteError) -> bool:
    """Return whether writes failed only because their unique keys exist already."""
    failures = (error.details or {}).get("writeErrors", [])
    return bool(failures) and all(failure["code"] == _DUPLICATE_KEY for failure in failures)


def is_outage(error: PyMongoError | BSONError) -> bool:
    """Return whether an error is the fault of the store, and not of the documents.

    MongoDB has hundreds of error codes for its own state: authentication, quotas, full disks,
    failovers, too many connections. The codes that blame a document are few. If some documents of a
    batch were written, the store works; each of the others then fails alone, with its own code.
    """
    if isinstance(error, BSONError):
        return False
    if isinstance(error, BulkWriteError):
        details = error.details or {}
        failures = details.get("writeErrors", [])
        if any(details.get(count) for count in ("nInserted", "nMatched", "nUpserted", "nRemoved")):
            return not failures
        return not any(failure["code"] in _DOCUMENT_ERRORS for failure in failures)
    return not isinstance(error, OperationFailure) or error.code not in _DOCUMENT_ERRORS
