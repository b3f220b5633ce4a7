"""Equation repository (MongoDB): the newest equation of each posting, and what to check next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.common import times
from chalicelib.common.mongo import insert_missing
from chalicelib.recruiting.review.models import Equation

if TYPE_CHECKING:
    from collections.abc import Collection as Many
    from datetime import datetime

    from pymongo.collection import Collection
    from pymongo.database import Database


class EquationRepository:
    """Reads and writes equations.

    A document has the id of the posting. ``due_at`` is when the next check is due; before
    ``rests_until`` there is none, because the last one took long. ``changed`` says that a term may
    have changed since.
    """

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._equations: Collection[dict[str, Any]] = database["equations"]

    def create_indexes(self) -> None:
        """Create the indexes. Calling it again changes nothing."""
        self._equations.create_index([("changed", 1), ("due_at", 1)], name="next_check")

    def mark_changed(self, posting_ids: Many[str]) -> None:
        """Have these postings checked soon, before others."""
        if not posting_ids:
            return
        now = times.now()
        ids = sorted(posting_ids)
        new = {"changed": True, "due_at": now, "rests_until": now}
        if insert_missing(self._equations, [{"_id": one, **new} for one in ids]):
            self._equations.update_many(
                {"_id": {"$in": ids}, "changed": {"$ne": True}}, {"$set": {"changed": True}}
            )

    def find_next(self, count: int) -> list[tuple[str, bool]]:
        """Return the postings to check next, at most ``count``: those with changes first.

        Each comes with whether it has changed.
        """
        now = times.now()
        found: list[tuple[str, bool]] = []
        for changed, due in ((True, {}), (False, {"due_at": {"$lte": now}})):
            if len(found) < count:
                query = {"changed": changed, **due, "rests_until": {"$lte": now}}
                page = self._equations.find(query, {"_id": 1}).sort("due_at", 1)
                found += [(one["_id"], changed) for one in page.limit(count - len(found))]
        return found

    def begin_check(self, posting_id: str) -> None:
        """Note that a posting is being checked. A change from now on is for the next check.

        If the process dies, the posting stays due.
        """
        update = {"$set": {"changed": False, "due_at": times.now()}}
        self._equations.update_one({"_id": posting_id}, update)

    def save(self, equation: Equation, due_at: datetime, rests_until: datetime) -> None:
        """Save an equation.

        Args:
            equation: the equation.
            due_at: when its next check is due.
            rests_until: when the next check may take place at the earliest.
        """
        fields = msgspec.structs.asdict(equation)
        del fields["posting_id"]
        fields |= {"due_at": due_at, "rests_until": rests_until}
        self._equations.update_one({"_id": equation.posting_id}, {"$set": fields})

    def find(self, posting_id: str) -> Equation | None:
        """Return the newest equation of a posting, or None if there is none yet."""
        query = {"_id": posting_id, "checked_at": {"$exists": True}}
        found = self._equations.find_one(query)
        if found is None:
            return None
        return msgspec.convert({**found, "posting_id": posting_id}, Equation)
