"""Origin repository (MongoDB): the origins of applications, and the bursts that they are in.

The field ``origin`` of an application is there for about a day. ``origin_due`` is when the sweep
looks at it next, and ``origin_checked`` is true if it has looked. ``burst`` is how many
applications for the posting came from the same origin within an hour, if these are many.
"""

from __future__ import annotations

from itertools import batched
from typing import TYPE_CHECKING, Any

from pymongo import UpdateMany

from chalicelib.recruiting.applications.contents import BURST, ORIGIN, ORIGIN_DUE
from chalicelib.recruiting.applications.repository import applications_collection

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from pymongo.database import Database

    Document = dict[str, Any]

_CHECKED = "origin_checked"
_WITH_ORIGIN = {ORIGIN: {"$gte": ""}}
# The local server compares each document with each value of a list, so long lists are slow there.
_LIST = 100
# An origin with more applications in a day has a burst in any case. Its number may be too small.
MOST_OF_A_LIST = 20_000


class OriginRepository:
    """Reads and removes origins, and writes bursts."""

    def __init__(self, database: Database[Document]) -> None:
        self._applications = applications_collection(database)

    def create_indexes(self) -> None:
        """Create the indexes. Calling it again changes nothing."""
        for field, name in ((ORIGIN_DUE, "origins_due"), (ORIGIN, "applications_by_origin")):
            self._applications.create_index(
                [(field, 1)], partialFilterExpression=_WITH_ORIGIN, name=name
            )

    def find_due(self, now: datetime, count: int) -> list[Document]:
        """Return the applications whose origins are due, the earliest first."""
        fields = dict.fromkeys(("posting_id", ORIGIN, _CHECKED), 1)
        due = {**_WITH_ORIGIN, ORIGIN_DUE: {"$lte": now}}
        return list(self._applications.find(due, fields).sort(ORIGIN_DUE, 1).limit(count))

    def find_by_origins(self, origins: Iterable[str]) -> list[Document]:
        """Return the applications with these origins."""
        fields = dict.fromkeys(("posting_id", ORIGIN, "accepted_at", BURST), 1)
        return [
            one
            for page in batched(sorted(origins), _LIST)
            for one in self._applications.find(
                {ORIGIN: {"$in": list(page), "$gte": ""}}, fields
            ).limit(MOST_OF_A_LIST)
        ]

    def set_bursts(self, bursts: Mapping[int, Iterable[str]]) -> None:
        """Write the sizes of bursts into applications; their ids are by size."""
        self._update(
            UpdateMany({"_id": {"$in": list(page)}}, {"$set": {BURST: size}})
            for size, ids in bursts.items()
            for page in batched(ids, _LIST)
        )

    def set_checked(self, application_ids: Iterable[str], due: datetime) -> None:
        """Record that origins were looked at, and when they are removed."""
        new = {"$set": {_CHECKED: True, ORIGIN_DUE: due}}
        self._update(
            UpdateMany({"_id": {"$in": list(page)}, **_WITH_ORIGIN}, new)
            for page in batched(application_ids, _LIST)
        )

    def remove(self, application_ids: Iterable[str]) -> None:
        """Remove the origins of applications. Bursts stay."""
        fields = dict.fromkeys((ORIGIN, ORIGIN_DUE, _CHECKED), "")
        self._update(
            UpdateMany({"_id": {"$in": list(page)}}, {"$unset": fields})
            for page in batched(application_ids, _LIST)
        )

    def _update(self, updates: Iterable[UpdateMany]) -> None:
        if wanted := list(updates):
            self._applications.bulk_write(wanted, ordered=False)
