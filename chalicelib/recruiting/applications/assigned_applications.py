"""Repository of assigned applications (MongoDB): those that an interviewer may see.

``interviewers`` of an application has an entry for each assignment: ``{id, account_id, membership,
at}``. An assignment counts for its membership only. So somebody who leaves an employer and joins it
again has no access by earlier assignments.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from chalicelib.recruiting.applications.repository import applications_collection

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pymongo.database import Database

    Document = dict[str, Any]

ASSIGNED_TO = "interviewers.membership"
_INDEX = "assigned_applications"


def assigned_filter(assigned_to: str | None) -> dict[str, str]:
    """Return a filter of the applications that a member may see by assignment.

    Args:
        assigned_to: the membership of an interviewer; None for a member who needs no assignment.
    """
    return {} if assigned_to is None else {ASSIGNED_TO: assigned_to}


def assignments_of(document: Mapping[str, Any]) -> list[Document]:
    """Return the stored assignments of an application, oldest first."""
    return list(document.get("interviewers", ()))


class AssignedApplicationRepository:
    """Reads assigned applications. Each query examines only those of one membership."""

    def __init__(self, database: Database[Document]) -> None:
        self._applications = applications_collection(database)

    def create_indexes(self) -> None:
        """Create the index. Calling it again changes nothing."""
        self._applications.create_index(
            [("employer_id", 1), (ASSIGNED_TO, 1), ("_id", 1)],
            partialFilterExpression={ASSIGNED_TO: {"$gte": ""}},
            name=_INDEX,
        )

    def find(self, employer_id: str, assigned_to: str, application_id: str) -> Document | None:
        """Return an assigned application, or None."""
        return self._applications.find_one(
            {"_id": application_id, "employer_id": employer_id, ASSIGNED_TO: assigned_to}
        )

    def find_postings(
        self, employer_id: str, assigned_to: str, posting_ids: Iterable[str]
    ) -> set[str]:
        """Return those of the postings that have an assigned application."""
        wanted = set(posting_ids)
        found = self.page(employer_id, assigned_to, fields={"posting_id": 1})
        return wanted & {one["posting_id"] for one in found}

    def page(
        self,
        employer_id: str,
        assigned_to: str,
        *,
        more: Mapping[str, Any] | None = None,
        before: str = "",
        count: int = 0,
        fields: Mapping[str, int] | None = None,
    ) -> list[Document]:
        """Return the newest assigned applications, newest first.

        Args:
            employer_id: the employer.
            assigned_to: the membership.
            more: return only applications whose fields have these values. They are compared here,
                because the local server uses an index only for a filter of nothing but its fields.
            before: return only applications with smaller ids; empty for no bound.
            count: return at most this many; 0 for all.
            fields: the fields to read; None for all.
        """
        query: Document = {"employer_id": employer_id, ASSIGNED_TO: assigned_to}
        if before:
            query["_id"] = {"$lt": before}
        found = self._applications.find(query, fields).sort("_id", -1)
        if not more:
            return list(found.limit(count))
        matches = (
            one for one in found if all(one.get(name) == value for name, value in more.items())
        )
        return list(islice(matches, count or None))
