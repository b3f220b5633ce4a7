"""ApplicantLists: the lists of a posting's applicants that a member may see, page by page."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from chalicelib.common.errors import InvalidField
from chalicelib.common.ids import check_cursor
from chalicelib.recruiting.applicant_index.blocks import state_of
from chalicelib.recruiting.applicant_index.indexer import texts_of
from chalicelib.recruiting.applicant_index.reader import SearchQuery
from chalicelib.recruiting.applications.assigned_applications import AssignedScope
from chalicelib.recruiting.applications.contents import filter_mark, has_mark
from chalicelib.recruiting.postings.search import MAX_TERMS
from chalicelib.recruiting.postings.search_text import contains_terms, search_terms
from chalicelib.recruiting.review.repository import PostingScope, listed_fields

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chalicelib.auth.accounts.repository import AccountRepository
    from chalicelib.recruiting.applicant_index.reader import ApplicantIndex
    from chalicelib.recruiting.applications.assigned_applications import (
        AssignedApplicationRepository,
    )
    from chalicelib.recruiting.pipeline.applicants import ApplicantFinder, Viewer
    from chalicelib.recruiting.pipeline.postings import PostingPipeline
    from chalicelib.recruiting.review.models import ApplicantsQuery
    from chalicelib.recruiting.review.repository import ApplicantRepository


class ApplicantLists:
    """Reads the applications that match a query, the newest one first.

    The lists of an interviewer are read by assignment, and not from the index of all applicants.
    """

    def __init__(
        self,
        applicants: ApplicantRepository,
        finder: ApplicantFinder,
        index: ApplicantIndex,
        assigned: AssignedApplicationRepository,
        accounts: AccountRepository,
    ) -> None:
        self._applicants = applicants
        self._finder = finder
        self._index = index
        self._assigned = assigned
        self._accounts = accounts

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
            InvalidField: the cursor is invalid, there are too many search terms, or both a flag and
                an answer.
        """
        check_cursor(query.cursor)
        mark = filter_mark(query.flag, query.answer)
        self.find_posting(viewer, query.posting_id)
        if viewer.assigned_to is not None:
            found = self._find_assigned(viewer.employer_id, viewer.assigned_to, query, content)
        elif query.q.strip():
            return self._search(viewer, query, content=content)
        else:
            found = self._applicants.page(
                PostingScope(viewer.employer_id, query.posting_id),
                stage=query.stage,
                mark=mark,
                withdrawn=query.withdrawn,
                before=query.cursor,
                count=query.limit + 1,
                content=content,
                edges=self._index.edges(query.posting_id),
            )
        page = found[: query.limit]
        return page, page[-1]["_id"] if len(found) > len(page) else None

    def count(self, viewer: Viewer, posting_id: str) -> Mapping[str, int]:
        """Return the numbers of the applications that a member sees, by state (``state_of``)."""
        if viewer.assigned_to is None:
            return self._index.count(viewer.employer_id, posting_id)
        scope = AssignedScope(viewer.employer_id, posting_id, viewer.assigned_to)
        found = self._assigned.find_all(scope, {"stage": 1, "active": 1})
        return Counter(map(state_of, found))

    def _find_assigned(
        self, employer_id: str, assigned_to: str, query: ApplicantsQuery, content: bool
    ) -> list[dict[str, Any]]:
        """Return one application more than the page of an interviewer has, if there is one."""
        terms, mark = _read_terms(query), filter_mark(query.flag, query.answer)
        count = query.limit + 1
        found = self._assigned.page_of_posting(
            AssignedScope(employer_id, query.posting_id, assigned_to),
            stage=query.stage,
            withdrawn=query.withdrawn,
            before=query.cursor,
            # No index can have both interviewers and marks, because both are lists.
            count=0 if terms or mark else count,
            fields={**listed_fields(content=content or bool(terms)), "marks": 1},
        )
        if mark:
            found = [one for one in found if has_mark(one, mark)]
        if terms:
            texts = texts_of(found, self._accounts)
            found = [one for one in found if contains_terms(texts.get(one["_id"], ""), terms)]
        return found[:count]

    def _search(
        self, viewer: Viewer, query: ApplicantsQuery, *, content: bool
    ) -> tuple[list[dict[str, Any]], str | None]:
        terms = _read_terms(query)
        scope = PostingScope(viewer.employer_id, query.posting_id)
        matches = self._index.search(
            SearchQuery(*scope, terms, query.stage, query.withdrawn, query.cursor, most=query.limit)
        )
        found = self._applicants.find_many(
            scope,
            matches.ids,
            stage=query.stage,
            mark=filter_mark(query.flag, query.answer),
            withdrawn=query.withdrawn,
            content=content,
        )
        return found, matches.before


def _read_terms(query: ApplicantsQuery) -> Sequence[str]:
    terms = search_terms(query.q)
    if len(terms) > MAX_TERMS:
        raise InvalidField("q", f"Search for at most {MAX_TERMS} words")
    return terms
