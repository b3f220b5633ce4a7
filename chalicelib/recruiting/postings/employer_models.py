"""Models of postings as the members of their employer read and write them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from chalicelib.auth.fields import Name, PlainText
from chalicelib.recruiting.postings.deadlines import Deadline
from chalicelib.recruiting.postings.models import Employment, Workplace
from chalicelib.recruiting.postings.pay import Pay
from chalicelib.recruiting.postings.places import Place
from chalicelib.recruiting.postings.stages import MAX_STAGES, Stage, StageDraft

MAX_DESCRIPTION = 20_000
PostingState = Literal["draft", "published", "closed"]
Description = Annotated[PlainText, msgspec.Meta(max_length=MAX_DESCRIPTION)]
AccountId = Annotated[str, msgspec.Meta(max_length=36)]


class PostingChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Changes of a posting. An absent field stays as it is; null empties it.

    Args:
        title, description, workplace, employment, place, pay: what candidates read.
        closes: until when it accepts applications.
        stages: all stages of the pipeline in their order.
        team: the accounts of the hiring managers and interviewers of this posting.
    """

    title: Name | UnsetType | None = UNSET
    description: Description | UnsetType | None = UNSET
    workplace: Workplace | UnsetType | None = UNSET
    employment: Employment | UnsetType | None = UNSET
    place: Place | UnsetType | None = UNSET
    pay: Pay | UnsetType | None = UNSET
    closes: Deadline | UnsetType | None = UNSET
    stages: (
        Annotated[list[StageDraft], msgspec.Meta(min_length=3, max_length=MAX_STAGES)] | UnsetType
    ) = UNSET
    team: Annotated[list[AccountId], msgspec.Meta(max_length=50)] | UnsetType = UNSET


class PostingDraft(PostingChanges, frozen=True, forbid_unknown_fields=True):
    """A new posting. With the state ``published`` it must be complete, and is published at once."""

    state: Literal["draft", "published"] = "draft"


class ReopeningRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Until when a reopened posting accepts applications; null for no end.

    Without ``closes`` the former deadline stays.
    """

    closes: Deadline | UnsetType | None = UNSET


class EmployerPosting(msgspec.Struct, frozen=True):
    """A posting with everything that its employer knows of it.

    Args:
        version: grows with each change; the ETag is this number.
        is_open: whether it accepts applications now.
        missing: why it cannot be published, by the name of the field.
        closes: the deadline as it was written, and ``closes_at`` the instant that it means.
        changed_by: the account that changed its fields last; empty if nobody has.
        published_at: when it was first published; null for a draft.
        closed_at: when somebody closed it; null if it is not closed.
        form_version: the version of its form; 0 if it never had questions.
    """

    id: str
    employer_id: str
    state: PostingState
    version: int
    is_open: bool
    missing: dict[str, str]
    title: str | None
    description: str | None
    workplace: Workplace | None
    employment: Employment | None
    place: Place | None
    pay: Pay | None
    closes: Deadline | None
    closes_at: datetime | None
    stages: list[Stage]
    team: list[str]
    created_at: datetime
    changed_at: datetime
    published_at: datetime | None
    closed_at: datetime | None
    changed_by: str = ""
    form_version: int = 0


class EmployerPostingSummary(msgspec.Struct, frozen=True):
    """A posting in the list of its employer."""

    id: str
    state: PostingState
    version: int
    is_open: bool
    title: str | None
    location: str
    closes_at: datetime | None
    changed_at: datetime
    published_at: datetime | None
    closed_at: datetime | None


class EmployerPostingsQuery(msgspec.Struct, frozen=True):
    """Filters for the postings of an employer. An empty list filters nothing."""

    state: tuple[PostingState, ...] = ()
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, msgspec.Meta(max_length=36)] = ""


class EmployerPostingsPage(msgspec.Struct, frozen=True):
    """A page of the postings of an employer, newest first. ``next`` is the next cursor, or null."""

    postings: list[EmployerPostingSummary]
    next: str | None
