"""Models of the requests and answers of the API for applications."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from chalicelib.recruiting.applications.answer_types import Answers, FileAnswers
from chalicelib.recruiting.consents.models import Consent, NoticeId
from chalicelib.recruiting.file_texts.models import UnreadFile
from chalicelib.recruiting.files.models import AttachedFile, FileTokens

MAX_LINKS = 5
Link = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^https://[^\s]+$(?!\n)",
        max_length=500,
        description="A link that starts with https:// and contains no spaces",
    ),
]
Event = Literal["accepted", "stored", "mailed", "moved", "rejected", "hired", "withdrawn"]
AmendmentEvent = Literal["amended", "not_amended"]


class ApplicationContent(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """The content of an application: a cover letter, links, files, and answers to a form.

    ``form_version`` is the version of the form of the posting that was answered; 0 for a posting
    without questions. ``answers`` has a value for each answered question, by its id: a text, a
    number, a date (RFC 3339), the id of a choice, or a list of ids of choices. The service checks
    the values against the questions, so that it can name all bad answers at once. ``files`` has the
    tokens of files whose content was checked, and ``file_answers`` those of files that answer
    questions.
    """

    cover_letter: Annotated[str, msgspec.Meta(max_length=20_000)] = ""
    links: Annotated[list[Link], msgspec.Meta(max_length=MAX_LINKS)] = []
    form_version: Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)] = 0
    answers: Answers = {}
    files: FileTokens = []
    file_answers: FileAnswers = {}


class ApplicationDraft(ApplicationContent, frozen=True, omit_defaults=True):
    """An application as it is sent for the first time.

    ``consent`` is the id of the privacy notice that the candidate agreed to. It is stored if it is
    a notice of the employer or of this installation. Changes of an application have none.
    """

    consent: NoticeId | None = None


class Receipt(msgspec.Struct, frozen=True):
    """The answer to an accepted application.

    ``position`` is the position of the application in the candidate's lane. ``repeat`` says that
    the candidate had applied for this posting before: the new draft is not accepted, and the other
    fields describe the earlier application. ``receipt`` is an interim receipt (JWS with HMAC).
    ``/v1/receipts/{receipt}`` exchanges it for one that anyone can check, even if all stored data
    is lost.
    """

    id: str
    posting_id: str
    status: str
    accepted_at: datetime
    position: int
    repeat: bool
    receipt: str


class ContentHashes(msgspec.Struct, frozen=True):
    """Hashes (SHA-256, hexadecimal) of what a candidate sent, as canonical JSON.

    ``text`` is that of ``{"cover_letter", "links"}``, ``answers`` that of the answers by question
    id, and ``files`` that of the list of the SHA-256 of each file, in order.
    """

    text: str
    answers: str
    files: str


class TreeHead(msgspec.Struct, frozen=True):
    """The state of an accepted log: how many entries it has, and the root of their Merkle tree."""

    size: int
    root: str


class VerifiedReceipt(msgspec.Struct, frozen=True, omit_defaults=True):
    """The content of a receipt whose signature is valid.

    A receipt claims only some of it: ``log`` and ``sequence`` are the place in the accepted log of
    the posting, ``hashes`` are those of the given ``revision`` of the application, and ``head`` is
    the newest published head of that log. Receipts of earlier versions have the first three fields.
    For an interim receipt, ``receipt`` is the one with the same claims that anyone can check.
    """

    id: str
    posting_id: str
    accepted_at: datetime
    candidate_id: str = ""
    log: str = ""
    sequence: int = 0
    revision: int = 0
    hashes: ContentHashes | None = None
    head: TreeHead | None = None
    receipt: str = ""


class AcceptedWithdrawal(msgspec.Struct, frozen=True):
    """The answer to an accepted withdrawal. ``id`` is the application that it withdraws."""

    id: str
    status: Literal["withdrawing"] = "withdrawing"


class TimelineEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """An event of an application, and its time.

    ``words`` say which stage the employer moved the application to; only then they are present.
    ``revision`` is the number of the revision that an amendment made. An accepted amendment that
    was ``not_amended`` has a ``reason`` for programs and a ``detail`` for people.
    """

    event: Event | AmendmentEvent
    at: datetime
    words: str = ""
    revision: int = 0
    reason: str = ""
    detail: str = ""


class QueuePosition(msgspec.Struct, frozen=True):
    """The position of an application that waits to be stored.

    ``position`` counts in the candidate's own lane, from 1. ``ahead`` is the number of applications
    of all candidates that are stored earlier. ``seconds`` is the estimated time until this one is
    stored, or null if there is no estimate.
    """

    position: int
    ahead: int
    seconds: float | None


class PostingReference(msgspec.Struct, frozen=True):
    """The posting of an application, in short."""

    id: str
    title: str
    employer: str
    location: str


class ApplicationStatus(msgspec.Struct, frozen=True, omit_defaults=True):
    """The status of an application, as its candidate sees it.

    ``status`` is the last event of the timeline that is no amendment, or ``withdrawing`` from the
    time when a withdrawal is accepted until it is done. ``revision`` is the newest revision.
    ``amendable`` says that the application is stored and can be changed now, ``amending`` that an
    accepted amendment is not done yet. ``posting`` is null if the posting was deleted, and
    while the database is down. ``waiting`` is present while the application waits to be stored,
    ``unread_files`` if the texts of some files could not be read, ``consent`` if the candidate
    agreed to a privacy notice.
    """

    id: str
    posting_id: str
    posting: PostingReference | None
    status: Event | Literal["withdrawing"]
    timeline: list[TimelineEvent]
    waiting: QueuePosition | None = None
    unread_files: list[UnreadFile] = []
    revision: int = 1
    amendable: bool = False
    amending: bool = False
    consent: Consent | None = None


class RevisionSummary(msgspec.Struct, frozen=True):
    """A revision of an application: its number from 1, when it was accepted, and what changed.

    ``changed`` has ``cover_letter``, ``links``, ``answers`` and ``files``, if they changed.
    """

    revision: int
    accepted_at: datetime
    changed: list[str]


class Revisions(msgspec.Struct, frozen=True):
    """The revisions of an application, oldest first."""

    revisions: list[RevisionSummary]


class Revision(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the candidate sent with one revision of an application.

    ``files`` has those of earlier revisions, too. Of several for one question, the last one is the
    answer. Interviewers get no files.
    """

    revision: int
    accepted_at: datetime
    cover_letter: str
    links: list[str]
    form_version: int
    answers: Answers
    files: tuple[AttachedFile, ...] | msgspec.UnsetType = msgspec.UNSET


class ApplicationsPage(msgspec.Struct, frozen=True):
    """A page of a candidate's applications. ``next`` is the cursor of the next page, or null."""

    applications: list[ApplicationStatus]
    next: str | None


class ApplicationsQuery(msgspec.Struct, frozen=True):
    """Filters for a list of a candidate's applications. A blank ``posting_id`` filters nothing."""

    posting_id: str = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=50)] = 20
    cursor: str = ""
