"""A database that refuses to write some documents, as MongoDB does with invalid ones."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from pymongo.database import Database
from pymongo.errors import WriteError

DOCUMENT_VALIDATION_FAILURE = 121


def failing_database(database: Database[dict[str, Any]], ids: Collection[str]) -> Any:
    """Return a database that refuses each write in which one of these ids occurs."""
    return _Database(database, ids)


class _Database:
    def __init__(self, database: Database[dict[str, Any]], ids: Collection[str]) -> None:
        self._database = database
        self._ids = ids

    def __getitem__(self, name: str) -> Any:
        return _Collection(self._database[name], self._ids)


class _Collection:
    def __init__(self, collection: Any, ids: Collection[str]) -> None:
        self._collection = collection
        self._ids = ids

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._collection, name)
        if name not in ("insert_many", "update_one", "update_many", "bulk_write", "delete_many"):
            return method

        def write(*arguments: Any, **options: Any) -> Any:
            content = repr(arguments)
            if any(one in content for one in self._ids):
                raise WriteError("refused by the test", DOCUMENT_VALIDATION_FAILURE)
            return method(*arguments, **options)

        return write
