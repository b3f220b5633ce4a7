"""ApplicantLists: the lists of a posting's applicants that a member may see, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.common.errors import InvalidField
from chalicelib.common.ids import is_id
from chalicelib.recruiting.pipeline.errors import ApplicantNotFound
from chalicelib.recruiting.postings.errors import PostingNotFound
from chalicelib.recruiting.review.repository import PostingScope

if TYPE_CHECKING:
    from chalicelib.recruiting.pipeline.applicants import ApplicantFinder, Viewer
    from chalicelib.recruiting.pipeline.postings import PostingPipeline
    from chalicelib.recruiting.review.models import ApplicantsQuery
    from chalicelib.recruiting.review.repository import ApplicantRepository


class ApplicantLists:
    """Reads the applications that match a query, the newest one first."""

    def __init__(self, applicants: ApplicantRepository, finder: ApplicantFinder) -> None:
        self._applicants = applicants
        self._finder = finder

    def find_posting(self, viewer: Viewer, posting_id: str) -> PostingPipeline:
        """Return a posting.

        Raises:
            PostingNotFound: the employer has no such posting whose applicants the member may see.
        """
        try:
            return self._finder.find_posting(viewer, posting_id)
        except ApplicantNotFound:
            raise PostingNotFound from None

    def page(
        self, viewer: Viewer, query: ApplicantsQuery, *, content: bool = False
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Return a page of applications as they are stored, and the cursor of the next page.

        Args:
            viewer: the member.
            query: the posting, the filters and the page.
            content: whether to read what the candidates wrote.

        Raises:
            PostingNotFound: the employer has no such posting whose applicants the member may see.
            InvalidField: the cursor is none of ours.
        """
        if query.cursor and not is_id(query.cursor):
            raise InvalidField("cursor", "Use the 'next' of an earlier page")
        self.find_posting(viewer, query.posting_id)
        found = self._applicants.page(
            PostingScope(viewer.employer_id, query.posting_id),
            stage=query.stage,
            withdrawn=query.withdrawn,
            before=query.cursor,
            count=query.limit + 1,
            content=content,
        )
        page = found[: query.limit]
        return page, page[-1]["_id"] if len(found) > len(page) else None
