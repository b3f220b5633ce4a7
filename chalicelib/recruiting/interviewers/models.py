"""Models of the interviewers of an application, and of the applications assigned to a member."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from chalicelib.recruiting.employers.models import MemberRole


class Interviewer(msgspec.Struct, frozen=True):
    """A member to whom an application is assigned."""

    account_id: str
    name: str
    role: MemberRole
    assigned_at: datetime
    scorecard_sent: bool


class Interviewers(msgspec.Struct, frozen=True):
    """The interviewers of an application, in the order in which it was assigned to them."""

    interviewers: list[Interviewer]


class AssignedQuery(msgspec.Struct, frozen=True):
    """The page of assigned applications to return."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, msgspec.Meta(max_length=36)] = ""


class AssignedApplicant(msgspec.Struct, frozen=True, omit_defaults=True):
    """An application that is assigned to the caller.

    ``scorecard_missing`` says that the application is in an open stage, and that the caller has not
    sent a scorecard. ``withdrawn_at`` is present if the candidate withdrew the application.
    """

    id: str
    posting_id: str
    title: str
    name: str
    stage: str
    stage_name: str
    accepted_at: datetime
    assigned_at: datetime
    scorecard_missing: bool
    withdrawn_at: datetime | None = None


class AssignedApplicantsPage(msgspec.Struct, frozen=True):
    """A page of assigned applications, the newest one first. ``next`` is a cursor, or null."""

    applicants: list[AssignedApplicant]
    next: str | None
