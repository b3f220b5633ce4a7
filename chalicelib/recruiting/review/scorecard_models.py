"""Models of scorecards: ratings of applicants by the members of an employer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from chalicelib.auth.fields import PlainText


class ScorecardDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A member's rating of an applicant: 1 is a strong no, 2 a no, 3 a yes, 4 a strong yes."""

    rating: Annotated[int, msgspec.Meta(ge=1, le=4)]
    comment: Annotated[PlainText, msgspec.Meta(max_length=2000)] = ""


class Scorecard(msgspec.Struct, frozen=True):
    """A member's rating of an applicant. ``author`` is a name, or blank if they left Hirelane."""

    author_id: str
    author: str
    rating: int
    comment: str
    at: datetime


class Scorecards(msgspec.Struct, frozen=True):
    """The scorecards of an applicant.

    ``own`` is the caller's. Until the caller has sent it, ``others`` is empty, and ``hidden`` is
    the number of scorecards of other members.
    """

    own: Scorecard | None
    others: list[Scorecard]
    hidden: int


class RatingSummary(msgspec.Struct, frozen=True):
    """The average of the ratings of an applicant, with one decimal, and their number."""

    average: float
    count: int
