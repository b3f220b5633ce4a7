"""Interrupts a process between two of its writes, or lets another one work there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from pymongo.collection import Collection

from chalicelib.queue.scripts import Script
from tests.integration.recruiting.killer import Killed

_WRITES = (
    *("insert_one", "update_one", "update_many", "replace_one", "delete_one"),
    "find_one_and_update",
)


@dataclass
class Point:
    """A point between two writes, and whether the process got there."""

    is_reached: bool = False


class WriteInterrupter:
    """Counts the writes of MongoDB's client and the scripts of the queue.

    Only the writes of the innermost ``before`` count, so one process can work inside another one.

    Args:
        monkeypatch: wraps the methods that write.
        more: methods of a collection that write, beside the usual ones.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...] = ()) -> None:
        self._plans: list[tuple[int, Callable[[], None], Point] | None] = []
        for name in (*_WRITES, *more):
            monkeypatch.setattr(Collection, name, self.wrap(getattr(Collection, name)))
        monkeypatch.setattr(Script, "run", self.wrap(Script.run))

    def wrap(self, method: Callable[..., Any]) -> Callable[..., Any]:
        """Return a method that counts as a write."""

        def write(*arguments: Any, **options: Any) -> Any:
            self._count()
            return method(*arguments, **options)

        return write

    def _count(self) -> None:
        plan = self._plans[-1] if self._plans else None
        if plan is None:
            return
        writes, action, point = plan
        self._plans[-1] = (writes - 1, action, point) if writes else None
        if writes == 0:
            point.is_reached = True
            action()

    @contextmanager
    def before(self, write: int | None, action: Callable[[], None]) -> Iterator[Point]:
        """Run an action before this write, counted from 0; None stands for no write."""
        point = Point()
        self._plans.append(None if write is None else (write, action, point))
        try:
            yield point
        finally:
            self._plans.pop()


def kill() -> None:
    """Kill the process that writes."""
    raise Killed
