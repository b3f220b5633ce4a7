"""ReviewService: lists applicants, and keeps the notes about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.common.errors import InvalidField
from chalicelib.recruiting.applicant_index.blocks import is_withdrawn
from chalicelib.recruiting.applications.contents import files_of
from chalicelib.recruiting.consents.models import consent_of
from chalicelib.recruiting.forms.answer_texts import reviewed_answers
from chalicelib.recruiting.postings.stages import StageKind
from chalicelib.recruiting.review.errors import NoteNotFound, TooManyNotes
from chalicelib.recruiting.review.models import (
    Applicant,
    ApplicantCounts,
    ApplicantDetails,
    ApplicantsPage,
    Equation,
    Note,
    Notes,
    OpenCounts,
    PostingCounts,
)
from chalicelib.recruiting.review.repository import MAX_NOTES, notes_of
from chalicelib.recruiting.review.scorecard_service import rating_of
from chalicelib.recruiting.texts import clean_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chalicelib.auth.accounts.repository import AccountRepository
    from chalicelib.notifications.models import Recipient
    from chalicelib.recruiting.equation.repository import EquationRepository
    from chalicelib.recruiting.forms.repository import FormRepository
    from chalicelib.recruiting.pipeline.applicants import ApplicantFinder, Viewer
    from chalicelib.recruiting.review.applicant_lists import ApplicantLists
    from chalicelib.recruiting.review.models import ApplicantsQuery, NoteDraft
    from chalicelib.recruiting.review.repository import ApplicantRepository


class ReviewService:
    """Reads applicants for a member of an employer, and keeps the notes of the members."""

    def __init__(
        self,
        applicants: ApplicantRepository,
        finder: ApplicantFinder,
        lists: ApplicantLists,
        accounts: AccountRepository,
        equations: EquationRepository,
        forms: FormRepository,
    ) -> None:
        self._applicants = applicants
        self._finder = finder
        self._lists = lists
        self._accounts = accounts
        self._equations = equations
        self._forms = forms

    def page(self, viewer: Viewer, query: ApplicantsQuery) -> ApplicantsPage:
        """Return a page of the applicants of a posting.

        Raises:
            PostingNotFound: the employer has no such posting whose applicants the member may see.
            InvalidField: the cursor is invalid.
        """
        page, cursor = self._lists.page(viewer, query)
        people = self._accounts.find_recipients({one["candidate_id"] for one in page})
        return ApplicantsPage(
            [_applicant(one, people, viewer) for one in page],
            cursor,
        )

    def count(self, viewer: Viewer, posting_id: str) -> ApplicantCounts:
        """Return the numbers of applications for a posting. Each of its stages has one.

        Raises:
            PostingNotFound: the employer has no such posting whose applicants the member may see.
        """
        pipeline = self._finder.find_posting(viewer, posting_id)
        counts = dict.fromkeys((stage.id for stage in pipeline.stages), 0)
        withdrawn = 0
        for state, count in self._lists.count(viewer, posting_id).items():
            if is_withdrawn(state):
                withdrawn += count
            else:
                counts[state] = count
        return ApplicantCounts(counts, withdrawn)

    def count_open(self, viewer: Viewer, posting_ids: Iterable[str]) -> PostingCounts:
        """Return the numbers of open applications for postings.

        Postings that the employer does not have, or the member may not see, are left out.
        """
        pipelines = self._finder.find_postings(viewer, posting_ids)
        counted = {}
        for posting_id, pipeline in pipelines.items():
            counts = self._lists.count(viewer, posting_id)
            own = [stage.id for stage in pipeline.stages if stage.kind is StageKind.OPEN]
            open_count = sum(counts.get(stage, 0) for stage in own)
            counted[posting_id] = OpenCounts(counts.get(own[0], 0), open_count)
        return PostingCounts(counted)

    def get_equation(self, viewer: Viewer, posting_id: str) -> Equation:
        """Return the newest equation of a posting; without numbers if nothing was accepted.

        Raises:
            PostingNotFound: the employer has no such posting whose applicants the member may see.
        """
        self._finder.find_posting(viewer, posting_id)
        return self._equations.find(posting_id) or Equation(posting_id)

    def get(self, viewer: Viewer, application_id: str) -> ApplicantDetails:
        """Return an application with everything that the candidate sent.

        Raises:
            ApplicantNotFound: the employer has no such application that the member may see.
        """
        document, pipeline = self._finder.find(viewer, application_id)
        person = self._accounts.find_recipients([document["candidate_id"]]).get(
            document["candidate_id"]
        )
        form_version = document.get("form_version", 0)
        form = self._forms.find(pipeline.id, form_version) if form_version else None
        return ApplicantDetails(
            id=document["_id"],
            posting_id=pipeline.id,
            title=pipeline.title,
            name=person.name if person else "",
            stages=pipeline.stages,
            email=_address(person) if viewer.sees_contact_details else msgspec.UNSET,
            files=files_of(document) if viewer.sees_contact_details else msgspec.UNSET,
            cover_letter=document["cover_letter"],
            links=document["links"],
            stage=document["stage"],
            entered_at=document["entered_at"],
            accepted_at=document["accepted_at"],
            version=document["version"],
            withdrawn_at=document.get("withdrawn_at"),
            form_version=form_version,
            answers=reviewed_answers(document, form, with_file_names=viewer.sees_contact_details),
            revision=document.get("revision", 1),
            amended_at=document.get("amended_at"),
            consent=consent_of(document),
            burst=document.get("burst", 0),
        )

    def list_notes(self, viewer: Viewer, application_id: str) -> Notes:
        """Return the notes about an applicant.

        Raises:
            ApplicantNotFound: the employer has no such application that the member may see.
        """
        notes = notes_of(self._finder.find(viewer, application_id).document)
        authors = self._accounts.find_recipients({note["author_id"] for note in notes})
        return Notes([_note(note, authors) for note in notes])

    def add_note(self, viewer: Viewer, application_id: str, draft: NoteDraft) -> Note:
        """Add a note about an applicant.

        Raises:
            ApplicantNotFound: the employer has no such application that the member may see.
            InvalidField: the note is blank.
            TooManyNotes: the application has 500 notes.
        """
        text = clean_text(draft.text)
        if not text:
            raise InvalidField("text", "Write something")
        self._finder.find(viewer, application_id)
        note = self._applicants.add_note(
            viewer.employer_id, application_id, viewer.account_id, text, viewer.assigned_to
        )
        if note is None:
            self._finder.find(viewer, application_id)
            raise TooManyNotes(f"Delete one of the {MAX_NOTES} notes first.")
        return _note(note, self._accounts.find_recipients([viewer.account_id]))

    def delete_note(self, viewer: Viewer, application_id: str, note_id: str) -> None:
        """Delete a note that the member wrote.

        Raises:
            ApplicantNotFound: the employer has no such application that the member may see.
            NoteNotFound: the member wrote no such note.
        """
        self._finder.find(viewer, application_id)
        if not self._applicants.delete_note(
            viewer.employer_id, application_id, viewer.account_id, note_id
        ):
            raise NoteNotFound


def _applicant(
    document: Mapping[str, Any], people: Mapping[str, Recipient], viewer: Viewer
) -> Applicant:
    person = people.get(document["candidate_id"])
    return Applicant(
        document["_id"],
        document["posting_id"],
        person.name if person else "",
        document["stage"],
        document["entered_at"],
        document["accepted_at"],
        document.get("withdrawn_at"),
        rating_of(document, viewer),
        knock_out=bool(document.get("knock_outs")),
        amended_at=document.get("amended_at"),
        burst=document.get("burst", 0),
    )


def _address(person: Recipient | None) -> str:
    return person.email if person else ""


def _note(note: Mapping[str, Any], authors: Mapping[str, Recipient]) -> Note:
    author = authors.get(note["author_id"])
    return Note(
        note["id"],
        note["author_id"],
        author.name if author else "",
        note["text"],
        note["at"],
    )
