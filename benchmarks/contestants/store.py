"""The collection to which handlers write, with one client for each process."""

from __future__ import annotations

from typing import Any

from pymongo import MongoClient
from pymongo.collection import Collection

from benchmarks.contest import ContestError

_collection: Collection[dict[str, Any]] | None = None


def configure(uri: str) -> None:
    """Connect and create the collection, outside of the measured time."""
    global _collection
    client: MongoClient[dict[str, Any]] = MongoClient(uri, timeoutMS=60_000)
    _collection = client.get_default_database()["applications"]
    _collection.insert_one({"_id": "warm"})
    _collection.delete_one({"_id": "warm"})


def collection() -> Collection[dict[str, Any]]:
    """Return the collection.

    Raises:
        RuntimeError: the collection is not configured.
    """
    if _collection is None:
        raise RuntimeError("configure it first")
    return _collection


def check(expected: int) -> None:
    """Check that every job has its document.

    Raises:
        ContestError: documents are missing.
    """
    stored = collection().count_documents({})
    if stored != expected:
        raise ContestError(f"{stored} documents for {expected} jobs")
