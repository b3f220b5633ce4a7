"""Attached file repository (MongoDB): the files that applications have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.recruiting.applications.repository import applications_collection

if TYPE_CHECKING:
    from collections.abc import Collection as Many

    from pymongo.database import Database


class AttachedFileRepository:
    """Finds files in the documents of applications."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._applications = applications_collection(database)

    def create_indexes(self) -> None:
        """Create the index. Calling it again changes nothing."""
        self._applications.create_index(
            [("files.id", 1)],
            partialFilterExpression={"files.id": {"$gte": ""}},
            name="applications_with_a_file",
        )

    def find_attached(self, file_ids: Many[str]) -> set[str]:
        """Return those of these files that applications have."""
        # The local server uses the index only with the comparison.
        query = {"files.id": {"$in": sorted(file_ids), "$gte": ""}}
        found = self._applications.find(query, {"files.id": 1})
        return {file["id"] for one in found for file in one["files"]}
