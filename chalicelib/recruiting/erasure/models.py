"""Models of the API for erasures, retention and legal holds."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from chalicelib.auth.fields import PlainText

Reason = Annotated[PlainText, msgspec.Meta(min_length=1, max_length=500)]


class AcceptedErasure(msgspec.Struct, frozen=True):
    """The answer to an accepted erasure. ``id`` is the application that it erases."""

    id: str
    status: Literal["erasing"] = "erasing"


class HoldDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why data must be kept, in words for the members of the employer."""

    reason: Reason


class LegalHoldEntry(msgspec.Struct, frozen=True):
    """A legal hold. ``id`` is the application that is held, or the posting of all held ones.

    It ends at ``until``, unless an owner places it again.
    """

    id: str
    posting_id: str
    title: str
    reason: str
    at: datetime
    until: datetime


class LegalHolds(msgspec.Struct, frozen=True):
    """The legal holds of an employer, the newest applications and postings first."""

    holds: list[LegalHoldEntry]


class AnnouncedPosting(msgspec.Struct, frozen=True):
    """How many applications for a posting will be erased."""

    posting_id: str
    title: str
    count: int


class AnnouncedErasure(msgspec.Struct, frozen=True):
    """Applications that the rule of retention will erase, and which the owners were told of.

    The first one is erased at ``erases_from``, the last one before ``erases_until``.
    """

    count: int
    erases_from: datetime
    erases_until: datetime
    postings: list[AnnouncedPosting]


class RetentionPlan(msgspec.Struct, frozen=True):
    """The rule of retention of an employer, and what it will erase, the earliest first."""

    retention_days: int | None
    announced: list[AnnouncedErasure]
