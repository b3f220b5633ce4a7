"""Due repository (MongoDB): work for a later time."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.common.mongo import insert_missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pymongo.collection import Collection
    from pymongo.database import Database


class DueItem(msgspec.Struct, frozen=True):
    """Work that is due at a time.

    Args:
        kind: names the ``DueQueue`` that makes a job of it.
        target: what the work is about. A kind has at most one item for a target.
        at: when the work is due.
        owner: the owner of the lane of the job.
        data: more for the job.
    """

    kind: str
    target: str
    at: datetime
    owner: str
    data: dict[str, Any] = {}

    @property
    def id(self) -> str:
        """The id of the item, which is derived from its kind and its target."""
        return f"{self.kind}:{self.target}"


class DueRepository:
    """Reads and writes due items."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._items: Collection[dict[str, Any]] = database["due"]

    def create_indexes(self) -> None:
        """Create the indexes. Calling it again changes nothing."""
        self._items.create_index([("at", 1)], name="by_time")
        self._items.create_index([("owner", 1)], name="of_an_owner")

    def add(self, items: Iterable[DueItem]) -> None:
        """Store items in one write, except those whose kind and target are there."""
        insert_missing(
            self._items, [{"_id": item.id, **msgspec.structs.asdict(item)} for item in items]
        )

    def find_due(self, now: datetime, count: int) -> list[DueItem]:
        """Return the items that are due, at most ``count`` of them, the oldest first."""
        found = self._items.find({"at": {"$lte": now}}).sort("at", 1).limit(count)
        return [msgspec.convert(item, DueItem) for item in found]

    def find_time(self, kind: str, target: str) -> datetime | None:
        """Return when an item is due, or None if there is none."""
        found = self._items.find_one({"_id": f"{kind}:{target}"}, {"at": 1})
        return found["at"] if found else None

    def remove(self, ids: Sequence[str]) -> None:
        """Remove items by id."""
        if ids:
            self._items.delete_many({"_id": {"$in": list(ids)}})

    def remove_about(self, owner: str, application_ids: Iterable[str]) -> None:
        """Remove the items of an owner that are about some applications."""
        about = {"data.application_id": {"$in": sorted(application_ids)}}
        self._items.delete_many({"owner": owner, **about})

    def remove_of_owner(self, owner: str) -> None:
        """Remove all items of an owner."""
        self._items.delete_many({"owner": owner})
