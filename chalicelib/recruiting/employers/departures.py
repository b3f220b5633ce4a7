"""Departure repository (MongoDB): members who left, until all their assignments ended.

A departure is stored in the document of the employer, by the write that removes the member.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib.recruiting.employers.repository import employers_collection

if TYPE_CHECKING:
    from pymongo.database import Database

_DEPARTED = {"departures.membership": {"$gte": ""}}


class Departure(NamedTuple):
    """The end of a membership.

    Args:
        employer_id: the employer.
        account_id: the former member.
        membership: the id of the membership.
        by: the account of the owner who removed the member, or the member's own.
        at: when the membership ended.
    """

    employer_id: str
    account_id: str
    membership: str
    by: str
    at: datetime

    def to_document(self) -> dict[str, Any]:
        """Return the departure as it is stored in the document of its employer."""
        return {
            "account_id": self.account_id,
            "membership": self.membership,
            "by": self.by,
            "at": self.at,
        }


class DepartureRepository:
    """Reads and removes departures."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._employers = employers_collection(database)

    def find_all(self) -> list[Departure]:
        """Return all stored departures."""
        found = self._employers.find(_DEPARTED, {"departures": 1})
        return [
            Departure(employer["_id"], one["account_id"], one["membership"], one["by"], one["at"])
            for employer in found
            for one in employer["departures"]
        ]

    def finish(self, departure: Departure) -> None:
        """Remove a departure, because nothing of the former member is left."""
        self._employers.update_one(
            {"_id": departure.employer_id},
            {"$pull": {"departures": {"membership": departure.membership}}},
        )
