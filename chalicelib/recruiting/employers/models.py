"""Models of employers and their members."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from chalicelib.auth.fields import Name, PlainText

MAX_ABOUT_LENGTH = 10_000
MAX_DELAY_MINUTES = 7 * 24 * 60
DEFAULT_DELAY_MINUTES = 60
DelayMinutes = Annotated[int, msgspec.Meta(ge=0, le=MAX_DELAY_MINUTES)]
About = Annotated[PlainText, msgspec.Meta(max_length=MAX_ABOUT_LENGTH)]
RetentionDays = Annotated[int, msgspec.Meta(ge=30, le=3650)]
Slug = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$(?!\n)",
        min_length=2,
        max_length=60,
        description="2 to 60 small letters, digits and single dashes, such as yard-and-sons",
    ),
]


class MemberRole(StrEnum):
    """What a member of an employer may do."""

    OWNER = "owner"
    RECRUITER = "recruiter"
    HIRING_MANAGER = "hiring_manager"
    INTERVIEWER = "interviewer"


@dataclass(frozen=True, slots=True)
class Member:
    """The caller of a route for members: an account with its role at one employer.

    Args:
        account_id: the account.
        session_id: the session for which its access token was issued.
        employer_id: the employer that the path names. Each query must contain it.
        role: the role of the account at this employer, as it is now.
        membership: the id of the membership. Somebody who leaves and joins again gets another one.
    """

    account_id: str
    session_id: str
    employer_id: str
    role: MemberRole
    membership: str


class ApplicationLimit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many applications of one candidate all postings of an employer accept in some days."""

    count: Annotated[int, msgspec.Meta(ge=1, le=50)]
    days: Annotated[int, msgspec.Meta(ge=1, le=365)]


class EmployerDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new employer. Its slug is part of public addresses; without one it comes from the name."""

    name: Name
    slug: Slug | None = None
    about: About = ""


class EmployerChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """New values of an employer; an absent field stays. Its former slugs lead to the new one."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    slug: Slug | msgspec.UnsetType = msgspec.UNSET
    about: About | msgspec.UnsetType = msgspec.UNSET
    rejection_delay_minutes: DelayMinutes | msgspec.UnsetType = msgspec.UNSET
    application_limit: ApplicationLimit | msgspec.UnsetType | None = msgspec.UNSET
    retention_days: RetentionDays | msgspec.UnsetType | None = msgspec.UNSET


class Employer(msgspec.Struct, frozen=True):
    """An employer as its members see it.

    ``about`` is plain text: a blank line separates paragraphs. ``version`` grows with each change
    of the other fields; it is also the ETag. The e-mail of a rejection is sent after
    ``rejection_delay_minutes``, unless the rejection names another delay. Without an
    ``application_limit``, a candidate can apply for all postings. Applications are erased
    ``retention_days`` after the decision; null keeps them.
    """

    id: str
    slug: str
    name: str
    about: str
    version: int
    created_at: datetime
    rejection_delay_minutes: int = DEFAULT_DELAY_MINUTES
    application_limit: ApplicationLimit | None = None
    retention_days: int | None = None


class Membership(msgspec.Struct, frozen=True):
    """An employer that the caller is a member of."""

    employer_id: str
    slug: str
    name: str
    role: MemberRole
    since: datetime


class Memberships(msgspec.Struct, frozen=True):
    """The employers of the caller, by name."""

    memberships: list[Membership]


class TeamMember(msgspec.Struct, frozen=True):
    """A member of an employer, as the other members see them."""

    account_id: str
    name: str
    email: str
    role: MemberRole
    since: datetime


class Team(msgspec.Struct, frozen=True):
    """The members of an employer, who joined first comes first."""

    members: list[TeamMember]


class RoleChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The new role of a member."""

    role: MemberRole
