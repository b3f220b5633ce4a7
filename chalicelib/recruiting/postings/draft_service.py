"""Drafts of postings: create, read, copy, delete; and the list of an employer's postings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.common import times
from chalicelib.common.errors import VersionConflict
from chalicelib.recruiting.postings.documents import (
    DRAFT,
    form_version_of,
    state_of,
    version_of,
)
from chalicelib.recruiting.postings.employer_documents import (
    changed_fields,
    copy_document,
    new_document,
    to_employer_posting,
    to_employer_summary,
)
from chalicelib.recruiting.postings.employer_models import EmployerPostingsPage
from chalicelib.recruiting.postings.errors import WrongPostingState

if TYPE_CHECKING:
    from chalicelib.common.versions import ExpectedVersions
    from chalicelib.recruiting.forms.repository import FormRepository
    from chalicelib.recruiting.postings.employer_lookup import EmployerLookup
    from chalicelib.recruiting.postings.employer_models import (
        EmployerPosting,
        EmployerPostingsQuery,
        PostingDraft,
    )
    from chalicelib.recruiting.postings.employer_repository import EmployerPostingRepository


class PostingDraftService:
    """Creates, reads, copies and deletes the postings of an employer.

    ``team_member`` limits a method to postings that have this account in their team.

    Args:
        postings: the postings of employers.
        employers: the employers.
        forms: the forms of postings.
    """

    def __init__(
        self,
        postings: EmployerPostingRepository,
        employers: EmployerLookup,
        forms: FormRepository,
    ) -> None:
        self._postings = postings
        self._employers = employers
        self._forms = forms

    def create(self, employer_id: str, draft: PostingDraft) -> EmployerPosting:
        """Create a draft.

        Raises:
            InvalidField: a value is invalid.
        """
        now = times.now()
        document = new_document(employer_id, self._employers.fields(employer_id), now)
        document |= changed_fields(document, draft)
        self._employers.check_team(employer_id, document["team"])
        self._postings.insert(document)
        return to_employer_posting(document, now)

    def get(
        self, employer_id: str, posting_id: str, team_member: str | None = None
    ) -> EmployerPosting:
        """Return a posting.

        Raises:
            PostingNotFound: the employer has no such posting.
        """
        document = self._postings.find(employer_id, posting_id, team_member)
        return to_employer_posting(document, times.now())

    def page(
        self, employer_id: str, query: EmployerPostingsQuery, team_member: str | None = None
    ) -> EmployerPostingsPage:
        """Return a page of the postings of an employer, newest first."""
        found = self._postings.find_page(
            employer_id,
            states=query.state,
            team_member=team_member,
            before=query.cursor,
            count=query.limit + 1,
        )
        shown = found[: query.limit]
        now = times.now()
        is_last = len(found) <= query.limit
        return EmployerPostingsPage(
            [to_employer_summary(document, now) for document in shown],
            None if is_last else shown[-1]["_id"],
        )

    def copy(self, employer_id: str, posting_id: str) -> EmployerPosting:
        """Create a draft with the content of another posting.

        Raises:
            PostingNotFound: the employer has no such posting.
        """
        now = times.now()
        original = self._postings.find(employer_id, posting_id)
        document = copy_document(original, now) | self._employers.fields(employer_id)
        version = form_version_of(original)
        form = self._forms.find(posting_id, version) if version else None
        if form is not None:
            added = self._forms.add(employer_id, document["_id"], form.questions, form.changed_by)
            document["form"] = original["form"] | {"version": added.version}
        self._postings.insert(document)
        return to_employer_posting(document, now)

    def delete(self, employer_id: str, posting_id: str, expected: ExpectedVersions) -> None:
        """Delete a posting that was never published.

        Raises:
            PostingNotFound: the employer has no such posting.
            WrongPostingState: it was published.
            VersionConflict: somebody has changed it.
        """
        document = self._postings.find(employer_id, posting_id)
        if state_of(document) != DRAFT:
            raise WrongPostingState("It was published, so people may have applied for it.")
        if not expected.includes(version_of(document)) or not self._postings.delete_draft(document):
            raise VersionConflict("Somebody else has changed it.")
        self._forms.delete_all(posting_id)
