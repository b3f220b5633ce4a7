"""Repository of assigned applications (MongoDB): those that an interviewer may see.

``interviewers`` of an application has an entry for each assignment: ``{id, account_id, membership,
at}``. An assignment counts for its membership only. So somebody who leaves an employer and joins it
again has no access by earlier assignments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib.recruiting.applications.id_windows import find_newest
from chalicelib.recruiting.applications.repository import (
    WITHOUT_FILE_TEXTS,
    applications_collection,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pymongo.database import Database

    Document = dict[str, Any]

ASSIGNED_TO = "interviewers.membership"
# A filter has all fields of one of them, and no others: only then the local server uses an index.
_INDEXES = {
    "assigned_applications": (),
    "assigned_by_posting": ("posting_id", "active"),
    "assigned_by_stage": ("posting_id", "active", "stage"),
}
_ANY_ID = {"$gte": ""}


class AssignedScope(NamedTuple):
    """The applications for one posting that are assigned to one membership."""

    employer_id: str
    posting_id: str
    assigned_to: str

    def filter(self, *, withdrawn: bool) -> Document:
        """Return the filter of its applications: the withdrawn ones, or the others."""
        return {
            "employer_id": self.employer_id,
            ASSIGNED_TO: self.assigned_to,
            "posting_id": self.posting_id,
            "active": not withdrawn,
        }

    def filters(self) -> list[Document]:
        """Return the filters of its applications, which together find all."""
        return [{**self.filter(withdrawn=one), "_id": _ANY_ID} for one in (False, True)]


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
    """Reads assigned applications.

    A query examines only those of one membership; a page, little more of them than it has.
    """

    def __init__(self, database: Database[Document]) -> None:
        self._applications = applications_collection(database)

    def create_indexes(self) -> None:
        """Create the indexes. Calling it again changes nothing."""
        for name, between in _INDEXES.items():
            fields = ("employer_id", ASSIGNED_TO, *between, "_id")
            self._applications.create_index(
                [(field, 1) for field in fields],
                partialFilterExpression={ASSIGNED_TO: {"$gte": ""}},
                name=name,
            )

    def find(self, employer_id: str, assigned_to: str, application_id: str) -> Document | None:
        """Return an assigned application, or None."""
        query = {"_id": application_id, "employer_id": employer_id, ASSIGNED_TO: assigned_to}
        return self._applications.find_one(query, WITHOUT_FILE_TEXTS)

    def find_postings(
        self, employer_id: str, assigned_to: str, posting_ids: Iterable[str]
    ) -> set[str]:
        """Return those of the postings that have an assigned application."""
        return {
            one
            for one in set(posting_ids)
            if any(
                self._applications.find_one(query, {"_id": 1})
                for query in AssignedScope(employer_id, one, assigned_to).filters()
            )
        }

    def page(
        self,
        employer_id: str,
        assigned_to: str,
        *,
        before: str = "",
        count: int,
        fields: Mapping[str, int],
    ) -> list[Document]:
        """Return the newest assigned applications, newest first.

        Args:
            employer_id: the employer.
            assigned_to: the membership.
            before: return only applications with smaller ids; empty for no bound.
            count: return at most this many.
            fields: the fields to read.
        """
        query = {"employer_id": employer_id, ASSIGNED_TO: assigned_to}
        # No application is older than its employer.
        return self._find_newest(query, fields, before=before, since=employer_id, count=count)

    def page_of_posting(
        self,
        scope: AssignedScope,
        *,
        stage: str | None,
        withdrawn: bool,
        before: str,
        count: int,
        fields: Mapping[str, int],
    ) -> list[Document]:
        """Return the newest assigned applications for a posting, newest first.

        Args:
            scope: the posting and the membership.
            stage: return only applications in this stage; None for all stages.
            withdrawn: return the withdrawn applications instead of the others.
            before: return only applications with smaller ids; empty for no bound.
            count: return at most this many; 0 for all.
            fields: the fields to read.
        """
        query = scope.filter(withdrawn=withdrawn)
        if stage is not None:
            query["stage"] = stage
        if count:
            since = scope.posting_id
            return self._find_newest(query, fields, before=before, since=since, count=count)
        query["_id"] = {"$lt": before} if before else _ANY_ID
        return list(self._applications.find(query, fields).sort("_id", -1))

    def find_all(self, scope: AssignedScope, fields: Mapping[str, int]) -> list[Document]:
        """Return all assigned applications for a posting, in any order."""
        return [one for query in scope.filters() for one in self._applications.find(query, fields)]

    def _find_newest(
        self,
        query: Mapping[str, Any],
        fields: Mapping[str, int],
        *,
        before: str,
        since: str,
        count: int,
    ) -> list[Document]:
        def find(ids: dict[str, str], most: int) -> list[Document]:
            found = self._applications.find({**query, "_id": ids}, fields)
            return list(found.sort("_id", -1).limit(most))

        return find_newest(find, before=before, since=since, count=count)
