"""Reads the revisions of an application, for its candidate and for members of the employer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.common.ids import is_id
from chalicelib.recruiting.amendments.rules import AMENDED
from chalicelib.recruiting.applications.contents import files_of
from chalicelib.recruiting.applications.errors import ApplicationNotFound, RevisionNotFound
from chalicelib.recruiting.applications.events import events_of
from chalicelib.recruiting.applications.models import Revision, Revisions, RevisionSummary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.recruiting.amendments.revisions import RevisionRepository
    from chalicelib.recruiting.applications.repository import ApplicationRepository

    Document = Mapping[str, Any]


class RevisionReader:
    """Reads revisions. The newest one is in the document of the application."""

    def __init__(self, applications: ApplicationRepository, revisions: RevisionRepository) -> None:
        self._applications = applications
        self._revisions = revisions

    def find_own(self, candidate_id: str, application_id: str) -> Document:
        """Return the document of an application of a candidate.

        Raises:
            ApplicationNotFound: the candidate has no such application that is stored.
        """
        found = is_id(application_id) and self._applications.find(candidate_id, application_id)
        if not found or "stored_at" not in found:
            raise ApplicationNotFound
        return found

    def list(self, application: Document) -> Revisions:
        """Return the revisions of an application, oldest first, without their content."""
        first = RevisionSummary(1, application["accepted_at"], [])
        later = (event["data"] for event in events_of(application) if event["kind"] == AMENDED)
        return Revisions(
            [
                first,
                *(
                    RevisionSummary(data["revision"], data["accepted_at"], data["changed"])
                    for data in later
                ),
            ]
        )

    def get(self, application: Document, number: str, *, with_files: bool = True) -> Revision:
        """Return a revision with its content.

        Args:
            application: the document of the application.
            number: the number of the revision.
            with_files: whether the reader may see files.

        Raises:
            RevisionNotFound: the application has no revision with this number.
        """
        summary, content = self.find(application, number)
        return Revision(
            summary.revision,
            summary.accepted_at,
            content["cover_letter"],
            content["links"],
            content.get("form_version", 0),
            content.get("answers", {}),
            files_of(content) if with_files else msgspec.UNSET,
        )

    def find(self, application: Document, number: str) -> tuple[RevisionSummary, Document]:
        """Return a revision, and the document that has its content.

        Raises:
            RevisionNotFound: the application has no revision with this number.
        """
        by_number = {str(one.revision): one for one in self.list(application).revisions}
        summary = by_number.get(number)
        if summary is None:
            raise RevisionNotFound
        n = summary.revision
        is_newest = n == application.get("revision", 1)
        content = application if is_newest else self._revisions.find(application["_id"], n)
        if content is None:
            # The candidate's data is being erased.
            raise RevisionNotFound
        return summary, content
