"""Models of the lists of applicants, and of notes about them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from chalicelib.auth.fields import PlainText
from chalicelib.recruiting.consents.models import Consent
from chalicelib.recruiting.files.models import AttachedFile
from chalicelib.recruiting.forms.models import ReviewedAnswer
from chalicelib.recruiting.postings.stages import Stage, StageId
from chalicelib.recruiting.review.scorecard_models import RatingSummary

Id = Annotated[str, msgspec.Meta(max_length=36)]
SearchWords = Annotated[str, msgspec.Meta(max_length=200)]
Flag = Literal["knock-out", "burst"]
ChosenAnswer = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[a-z0-9-]{1,36}:[a-z0-9-]{1,36}$(?!\n)",
        description="The ids of a question and of a choice, with a colon between them",
    ),
]


class ApplicantsQuery(msgspec.Struct, frozen=True):
    """Filters for the list of applicants of a posting. A blank ``stage`` filters nothing.

    ``withdrawn`` lists the withdrawn applications instead of the others. ``q`` has words of names
    and cover letters. ``flag`` lists those with a knock-out or in a burst, ``answer`` those that
    chose an answer; it has the ids of the question and of the choice, with a colon between them.
    Only one of both can be given.
    """

    posting_id: Id
    stage: StageId | None = None
    withdrawn: bool = False
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50
    cursor: Id = ""
    q: SearchWords = ""
    flag: Flag | None = None
    answer: ChosenAnswer | None = None


class ExportQuery(msgspec.Struct, frozen=True):
    """The list of applicants to export; ``limit`` is the maximum number of rows in a part."""

    posting_id: Id
    stage: StageId | None = None
    withdrawn: bool = False
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 500
    cursor: Id = ""
    q: SearchWords = ""
    flag: Flag | None = None
    answer: ChosenAnswer | None = None

    def list_query(self, cursor: str, limit: int) -> ApplicantsQuery:
        """Return the query for a page of the same list."""
        return ApplicantsQuery(
            self.posting_id,
            self.stage,
            self.withdrawn,
            limit,
            cursor,
            self.q,
            self.flag,
            self.answer,
        )


class Applicant(msgspec.Struct, frozen=True, omit_defaults=True):
    """An application in a list.

    ``entered_at`` is when the application entered its stage. ``withdrawn_at`` is present if the
    candidate withdrew it, ``rating`` if there are scorecards. Hiring managers and interviewers see
    ``rating`` after sending an own scorecard. ``knock_out`` says whether an answer is a knock-out.
    ``amended_at`` is present if the candidate changed it. ``burst`` is how many applications for
    the posting came from the same network within an hour, if these are many. Universities and
    offices share a network.
    """

    id: str
    posting_id: str
    name: str
    stage: str
    entered_at: datetime
    accepted_at: datetime
    withdrawn_at: datetime | None = None
    rating: RatingSummary | None = None
    knock_out: bool = False
    amended_at: datetime | None = None
    burst: int = 0


class ApplicantsPage(msgspec.Struct, frozen=True):
    """A page of applicants, the newest application first. ``next`` is a cursor, or null."""

    applicants: list[Applicant]
    next: str | None


class CountsQuery(msgspec.Struct, frozen=True):
    """The posting whose applications to count."""

    posting_id: Id


class ApplicantCounts(msgspec.Struct, frozen=True):
    """The numbers of applications of a posting: by stage, and of the withdrawn ones."""

    stages: dict[str, int]
    withdrawn: int


class PostingCountsQuery(msgspec.Struct, frozen=True):
    """The postings whose open applications to count, at most 100."""

    posting_ids: Annotated[tuple[Id, ...], msgspec.Meta(max_length=100)] = ()


class OpenCounts(msgspec.Struct, frozen=True):
    """The numbers of applications for a posting: in the first stage, and in all open stages."""

    new: int
    open: int


class PostingCounts(msgspec.Struct, frozen=True):
    """The numbers of open applications, by the id of the posting."""

    postings: dict[str, OpenCounts]


class ApplicantDetails(msgspec.Struct, frozen=True, omit_defaults=True):
    """An application with everything that the candidate sent.

    ``version`` is the number of its events. ``stages`` are those of the posting. Interviewers do
    not get the ``email`` of the candidate, nor the ``files``, which have contact details. The last
    of the files with one ``question_id`` is the answer.
    ``answers`` has the questions of the ``form_version`` that the candidate answered; both are
    absent if the posting asked nothing. ``revision`` is the newest revision, which this is, and
    ``amended_at`` when it was stored; absent if the candidate changed nothing. ``consent`` is
    absent if no consent was recorded. ``burst`` is that of ``Applicant``.
    """

    id: str
    posting_id: str
    title: str
    name: str
    cover_letter: str
    links: list[str]
    stage: str
    entered_at: datetime
    accepted_at: datetime
    version: int
    stages: tuple[Stage, ...]
    email: str | msgspec.UnsetType = msgspec.UNSET
    files: tuple[AttachedFile, ...] | msgspec.UnsetType = msgspec.UNSET
    withdrawn_at: datetime | None = None
    form_version: int = 0
    answers: list[ReviewedAnswer] = []
    revision: int = 1
    amended_at: datetime | None = None
    consent: Consent | None = None
    burst: int = 0


class NoteDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A note about an applicant. Candidates never see it."""

    text: Annotated[PlainText, msgspec.Meta(min_length=1, max_length=5000)]


class Note(msgspec.Struct, frozen=True):
    """A note about an applicant. ``author`` is a name, or blank if the account was deleted."""

    id: str
    author_id: str
    author: str
    text: str
    at: datetime


class Notes(msgspec.Struct, frozen=True):
    """The notes about an applicant, oldest first."""

    notes: list[Note]


class Equation(msgspec.Struct, frozen=True):
    """Where all accepted applications for a posting are, when that was last checked.

    ``accepted`` is the sum of ``waiting`` (to be stored), ``pipeline`` (stored), ``withdrawn``,
    ``repeated`` (stored as an alias of an earlier application of the candidate), ``erased`` (with
    the data of the candidate), ``dead_lettered`` (an operator can store them again) and
    ``discarded``. If ``balanced`` is false, ``missing`` accepted applications are nowhere, and
    ``unexpected`` ones are stored without having been accepted; at most 200 ids of each are given.
    ``earlier`` is the number of those that were stored before acceptances were logged.
    ``checked_at`` is null if nothing was accepted yet.
    """

    posting_id: str
    accepted: int = 0
    waiting: int = 0
    pipeline: int = 0
    withdrawn: int = 0
    repeated: int = 0
    erased: int = 0
    dead_lettered: int = 0
    discarded: int = 0
    balanced: bool = True
    missing: int = 0
    missing_ids: list[str] = []
    unexpected: int = 0
    unexpected_ids: list[str] = []
    earlier: int = 0
    checked_at: datetime | None = None
