"""A database whose client is killed after some writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pymongo.database import Database


class Killed(BaseException):
    """The worker was killed. A BaseException, because no handler may catch it."""


def killer_database(database: Database[dict[str, Any]], writes: int) -> Any:
    """Return a database that allows this many writes and raises Killed instead of the next one."""
    return _Database(database, writes, _kill)


def interrupted_database(
    database: Database[dict[str, Any]], writes: int, interrupt: Callable[[], None]
) -> Any:
    """Return a database that calls a function after this many writes, before each other write."""
    return _Database(database, writes, interrupt)


def _kill() -> None:
    raise Killed


class _Database:
    def __init__(self, database: Any, writes: int, interrupt: Callable[[], None]) -> None:
        self._database = database
        self._writes = writes
        self._interrupt = interrupt

    def __getitem__(self, name: str) -> Any:
        return _Collection(self, self._database[name])

    def count_write(self) -> None:
        """Count a write. Interrupt if no more are allowed."""
        if self._writes == 0:
            self._interrupt()
        else:
            self._writes -= 1


class _Collection:
    def __init__(self, database: _Database, collection: Any) -> None:
        self._database = database
        self._collection = collection

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._collection, name)
        if name not in ("insert_many", "update_one", "update_many", "bulk_write", "delete_many"):
            return method

        def write(*arguments: Any, **options: Any) -> Any:
            self._database.count_write()
            return method(*arguments, **options)

        return write
