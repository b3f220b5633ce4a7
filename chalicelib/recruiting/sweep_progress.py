"""Sweep progress repository (MongoDB): how far sweeps that read in pages have come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymongo.collection import Collection
    from pymongo.database import Database


class SweepProgressRepository:
    """Reads and writes the last key that each sweep has read."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._sweeps: Collection[dict[str, Any]] = database["sweeps"]

    def find(self, name: str) -> str:
        """Return the last key that a sweep has read; empty before the first page."""
        found = self._sweeps.find_one({"_id": name}) or {}
        return str(found.get("after", ""))

    def save(self, name: str, after: str) -> None:
        """Store the last key that a sweep has read."""
        self._sweeps.update_one({"_id": name}, {"$set": {"after": after}}, upsert=True)
