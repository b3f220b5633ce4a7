"""Models of postings, and of the queries and pages that the API offers for them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from chalicelib.recruiting.employers.models import ApplicationLimit
from chalicelib.recruiting.postings.pay import Pay, Salary
from chalicelib.recruiting.postings.places import Place

Workplace = Literal["on-site", "hybrid", "remote"]
Employment = Literal["full-time", "part-time", "temporary", "internship"]
PublicState = Literal["published", "closed"]

FilterText = Annotated[str, msgspec.Meta(max_length=200)]


class Posting(msgspec.Struct, frozen=True):
    """A posting. It accepts applications until ``closes_at``, or without an end.

    ``description`` is plain text: a blank line separates paragraphs, and a line that begins with
    "- " is an item of a list. ``location`` and ``salary`` follow from ``place`` and ``pay``, if the
    posting has these. Of a closed posting, ``closes_at`` is when it was closed. ``form_version`` is
    the version of its form that applications answer; 0 if it asks no questions.
    ``application_limit`` is that of its employer, for all postings of the employer together.
    """

    id: str
    title: str
    employer: str
    location: str
    description: str
    published_at: datetime
    salary: Salary | None = None
    closes_at: datetime | None = None
    # The defaults describe postings that were stored before these fields existed.
    workplace: Workplace = "on-site"
    employment: Employment = "full-time"
    state: PublicState = "published"
    employer_id: str | None = None
    employer_slug: str | None = None
    place: Place | None = None
    pay: Pay | None = None
    time_zone: str | None = None
    form_version: int = 0
    application_limit: ApplicationLimit | None = None


def accepts_applications(posting: Posting, now: datetime) -> bool:
    """Return whether a posting accepts applications at a time, as its document says."""
    closes_at = posting.closes_at
    return posting.state == "published" and (closes_at is None or now < closes_at)


class PostingSummary(msgspec.Struct, frozen=True):
    """A posting in a list, with an excerpt of its description."""

    id: str
    title: str
    employer: str
    location: str
    excerpt: str
    published_at: datetime
    salary: Salary | None = None
    closes_at: datetime | None = None
    workplace: Workplace = "on-site"
    employment: Employment = "full-time"
    employer_id: str | None = None
    employer_slug: str | None = None
    pay: Pay | None = None


class PostingsQuery(msgspec.Struct, frozen=True):
    """Filters for a list of postings. A blank text and an empty list filter nothing.

    ``q`` has at most 20 search terms. A posting matches if each term begins one of its words,
    or, in scripts without spaces between words, is in its text.
    """

    q: FilterText = ""
    workplace: tuple[Workplace, ...] = ()
    employment: tuple[Employment, ...] = ()
    location: FilterText = ""
    employer: FilterText = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=50)] = 20
    cursor: FilterText = ""


class PostingsPage(msgspec.Struct, frozen=True):
    """A page of the postings that match a query, newest first.

    ``next`` is the cursor of the next page, or null on the last page. ``total`` counts the matching
    postings of all pages, up to 1000.
    """

    postings: list[PostingSummary]
    next: str | None
    total: int


class FacetsQuery(msgspec.Struct, frozen=True):
    """The query of the facets. It has no parameters, because facets count all open postings."""


class FacetValue(msgspec.Struct, frozen=True):
    """A value, and the number of open postings that have it."""

    value: str
    count: int


class Facets(msgspec.Struct, frozen=True):
    """The 50 most common values of each field of the open postings, sorted by count, then name."""

    workplace: list[FacetValue]
    employment: list[FacetValue]
    location: list[FacetValue]
    employer: list[FacetValue]
