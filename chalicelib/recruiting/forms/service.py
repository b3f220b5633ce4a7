"""FormService: reads and changes the form of a posting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.auth.errors import Forbidden
from chalicelib.common.errors import VersionConflict
from chalicelib.recruiting.forms.models import EmployerForm, PublicForm
from chalicelib.recruiting.forms.questions import (
    clean_questions,
    describe_missing,
    missing_parts,
)
from chalicelib.recruiting.postings.documents import DRAFT, form_version_of, state_of
from chalicelib.recruiting.postings.errors import PostingIncomplete

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.common.versions import ExpectedVersions
    from chalicelib.recruiting.forms.apply_rules import ApplyRulesReader
    from chalicelib.recruiting.forms.models import FormDraft, Question
    from chalicelib.recruiting.forms.repository import FormRepository, FormVersion
    from chalicelib.recruiting.postings.catalogue import PostingCatalogue
    from chalicelib.recruiting.postings.documents import Document
    from chalicelib.recruiting.postings.employer_repository import EmployerPostingRepository
    from chalicelib.recruiting.postings.publisher import PostingPublisher


class FormService:
    """Reads and changes forms.

    A change stores a new version and then names it in the document of the posting. The publisher
    writes it to the queue, as each change of a posting, so the gate reconciler completes a change
    whose process died.
    """

    def __init__(
        self,
        postings: EmployerPostingRepository,
        publisher: PostingPublisher,
        forms: FormRepository,
        rules: ApplyRulesReader,
        catalogue: PostingCatalogue,
    ) -> None:
        self._postings = postings
        self._publisher = publisher
        self._forms = forms
        self._rules = rules
        self._catalogue = catalogue

    def get(
        self, employer_id: str, posting_id: str, team_member: str | None = None
    ) -> EmployerForm:
        """Return the form of a posting.

        Args:
            employer_id: the employer.
            posting_id: the posting.
            team_member: the account, if it may only read postings that have it in their team.

        Raises:
            PostingNotFound: the employer has no such posting.
        """
        return self._to_form(self._postings.find(employer_id, posting_id, team_member))

    def get_public(self, posting_id: str) -> PublicForm:
        """Return the present form of a published posting, as candidates read it.

        Raises:
            PostingNotFound: no posting has this id, or it is a draft.
        """
        version = self._catalogue.get(posting_id).form_version
        rules = self._rules.find(posting_id, version) if version else None
        questions = tuple(one.to_public() for one in rules.questions) if rules else ()
        return PublicForm(posting_id, version, questions)

    def put(
        self,
        employer_id: str,
        posting_id: str,
        draft: FormDraft,
        expected: ExpectedVersions,
        changed_by: str,
        team_member: str | None = None,
    ) -> EmployerForm:
        """Replace the questions of a posting. The same questions make no new version.

        Args:
            employer_id: the employer.
            posting_id: the posting.
            draft: all questions.
            expected: the versions of the form that the caller has seen.
            changed_by: the account.
            team_member: the account, if it may only edit drafts that have it in their team.

        Raises:
            PostingNotFound: the employer has no such posting.
            Forbidden: the account may not change this posting.
            VersionConflict: somebody has changed the form or the posting.
            InvalidField: a question is invalid.
            PostingIncomplete: the posting is not a draft, and a question lacks something.
        """
        document = self._postings.find(employer_id, posting_id, team_member)
        if team_member and state_of(document) != DRAFT:
            raise Forbidden("You may edit drafts of your postings.")
        expected.require(_stored_version(document))
        questions = clean_questions(draft.questions)
        present = self._present(document)
        if questions == (present.questions if present else ()):
            # An earlier call may have died before its end.
            self._follow(document)
            return self._to_form(document)
        if state_of(document) != DRAFT:
            if missing := missing_parts(questions):
                raise PostingIncomplete(missing)
            self._publisher.require_queue(posting_id)
        form = self._forms.add(employer_id, posting_id, questions, changed_by)
        changed = self._postings.update(document, form_fields(form.version, questions))
        if changed is None:
            # The version stays, because its number must not be used for other questions.
            raise VersionConflict("Somebody else has changed it.")
        self._follow(changed)
        self._retire(document, present)
        return self._to_form(changed)

    def _follow(self, document: Document) -> None:
        if document["published_at"] is not None:
            self._publisher.follow(document["_id"])

    def _retire(self, document: Document, former: FormVersion | None) -> None:
        if former is None:
            return
        if document["published_at"] is None:
            self._forms.delete(former.posting_id, former.version)
        else:
            self._publisher.expire_rules(former.posting_id, former.version)

    def _present(self, document: Document) -> FormVersion | None:
        version = _stored_version(document)
        return self._forms.find(document["_id"], version) if version else None

    def _to_form(self, document: Document) -> EmployerForm:
        form, version = self._present(document), _stored_version(document)
        if form is None:
            return EmployerForm(document["_id"], version, (), {})
        return EmployerForm(
            document["_id"],
            version,
            form.questions,
            missing_parts(form.questions),
            form.changed_at,
            form.changed_by,
        )


def form_fields(version: int, questions: Sequence[Question]) -> dict[str, Any]:
    """Return the fields of a posting that has a version of a form with these questions."""
    return {
        "form": {
            "version": version,
            "questions": len(questions),
            "missing": describe_missing(questions),
        }
    }


def _stored_version(document: Document) -> int:
    return form_version_of(document, even_empty=True)
