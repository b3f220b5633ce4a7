"""Scorecard repository (MongoDB): ratings of applicants, in the documents of the applications.

``rating`` of an application has the sum and the number of its ratings, so that a list need not read
scorecards. It changes in the same write as the scorecard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.common import times
from chalicelib.recruiting.applications.assigned_applications import assigned_filter
from chalicelib.recruiting.applications.repository import applications_collection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pymongo.database import Database

# Each has up to 2,000 characters, and a document of MongoDB at most 16 MB.
MAX_SCORECARDS = 200
# A write fails only if the same member writes the same scorecard at the same time.
_ATTEMPTS = 5


class ScorecardRepository:
    """Writes scorecards. The finder of applicants reads them."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._applications = applications_collection(database)

    def put(
        self,
        employer_id: str,
        application_id: str,
        author_id: str,
        rating: int,
        comment: str,
        assigned_to: str | None = None,
    ) -> dict[str, Any] | None:
        """Store the scorecard of a member in place of an earlier one.

        Args:
            employer_id: the employer.
            application_id: the application.
            author_id: the member.
            rating: the rating.
            comment: the comment.
            assigned_to: the membership to which the application must be assigned, if any.

        Returns:
            The scorecard, or None if the application has too many, or was deleted or unassigned.
        """
        application = {
            "_id": application_id,
            "employer_id": employer_id,
            **assigned_filter(assigned_to),
        }
        card = {"author_id": author_id, "rating": rating, "comment": comment, "at": times.now()}
        for _ in range(_ATTEMPTS):
            former = self._find_rating(application, author_id)
            if former is None:
                query = {
                    **application,
                    "scorecards.author_id": {"$ne": author_id},
                    f"scorecards.{MAX_SCORECARDS - 1}": {"$exists": False},
                }
                change = {"$push": {"scorecards": card}, "$inc": _change_of(rating, 1)}
            else:
                query = {**application, **_is(author_id, former)}
                change = {"$set": {"scorecards.$": card}, "$inc": _change_of(rating - former, 0)}
            if self._applications.update_one(query, change).matched_count:
                return card
        return None

    def delete(self, employer_id: str, application_id: str, author_id: str) -> None:
        """Delete the scorecard of a member, if there is one."""
        application = {"_id": application_id, "employer_id": employer_id}
        while (former := self._find_rating(application, author_id)) is not None:
            self._applications.update_one(
                {**application, **_is(author_id, former)},
                {
                    "$pull": {"scorecards": {"author_id": author_id}},
                    "$inc": _change_of(-former, -1),
                },
            )

    def _find_rating(self, application: Mapping[str, str], author_id: str) -> int | None:
        found = self._applications.find_one(
            {**application, "scorecards.author_id": author_id}, {"scorecards.$": 1}
        )
        return None if found is None else int(found["scorecards"][0]["rating"])


def scorecards_of(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the stored scorecards of an application, oldest first."""
    return list(document.get("scorecards", ()))


def scorecard_authors(document: Mapping[str, Any]) -> set[str]:
    """Return the accounts that sent a scorecard of an application."""
    return {card["author_id"] for card in scorecards_of(document)}


def _is(author_id: str, rating: int) -> dict[str, Any]:
    """Return a filter: the application has this scorecard with this rating."""
    return {"scorecards": {"$elemMatch": {"author_id": author_id, "rating": rating}}}


def _change_of(total: int, count: int) -> dict[str, int]:
    return {"rating.sum": total, "rating.count": count}
