"""ApplicantLists: the lists of a posting's applicants that a member may see, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.common.errors import InvalidField
from chalicelib.common.ids import is_id
from chalicelib.recruiting.applicant_index.reader import SearchQuery
from chalicelib.recruiting.postings.search import MAX_TERMS
from chalicelib.recruiting.postings.search_text import search_terms
from chalicelib.recruiting.review.repository import PostingScope

if TYPE_CHECKING:
    from chalicelib.recruiting.applicant_index.reader import ApplicantIndex
    from chalicelib.recruiting.pipeline.applicants import ApplicantFinder, Viewer
    from chalicelib.recruiting.pipeline.postings import PostingPipeline
    from chalicelib.recruiting.review.models import ApplicantsQuery
    from chalicelib.recruiting.review.repository import ApplicantRepository


class ApplicantLists:
    """Reads the applications that match a query, the newest one first."""

    def __init__(
        self, applicants: ApplicantRepository, finder: ApplicantFinder, index: ApplicantIndex
    ) -> None:
        self._applicants = applicants
        self._finder = finder
        self._index = index

    def find_posting(self, viewer: Viewer, posting_id: str) -> PostingPipeline:
        """Return a posting.

        Raises:
            PostingNotFound: the employer has no such posting whose applicants the member may see.
        """
        return self._finder.find_posting(viewer, posting_id)

    def page(
        self, viewer: Viewer, query: ApplicantsQuery, *, content: bool = False
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Return a page of applications as they are stored, and the cursor of the next page.

        The page of a search may be short although there is a next page, because one search reads
        only a part of a very long list.

        Args:
            viewer: the member.
            query: the posting, the filters and the page.
            content: whether to read what the candidates wrote.

        Raises:
            PostingNotFound: the employer has no such posting whose applicants the member may see.
            InvalidField: the cursor is invalid, or there are too many search terms.
        """
        if query.cursor and not is_id(query.cursor):
            raise InvalidField("cursor", "Use the 'next' of an earlier page")
        self.find_posting(viewer, query.posting_id)
        if query.q.strip():
            return self._search(viewer, query, content=content)
        found = self._applicants.page(
            PostingScope(viewer.employer_id, query.posting_id),
            stage=query.stage,
            withdrawn=query.withdrawn,
            before=query.cursor,
            count=query.limit + 1,
            content=content,
            edges=self._index.edges(query.posting_id),
        )
        page = found[: query.limit]
        return page, page[-1]["_id"] if len(found) > len(page) else None

    def _search(
        self, viewer: Viewer, query: ApplicantsQuery, *, content: bool
    ) -> tuple[list[dict[str, Any]], str | None]:
        terms = search_terms(query.q)
        if len(terms) > MAX_TERMS:
            raise InvalidField("q", f"Search for at most {MAX_TERMS} words")
        scope = PostingScope(viewer.employer_id, query.posting_id)
        matches = self._index.search(
            SearchQuery(*scope, terms, query.stage, query.withdrawn, query.cursor, most=query.limit)
        )
        found = self._applicants.find_many(
            scope, matches.ids, stage=query.stage, withdrawn=query.withdrawn, content=content
        )
        return found, matches.before
