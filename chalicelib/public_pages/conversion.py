"""Stored employers and postings as the public pages show them: with clean texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chalicelib.public_pages.models import PublicEmployer, PublicPosting
from chalicelib.public_pages.text import clean, clean_line
from chalicelib.recruiting.postings.excerpt import excerpt
from chalicelib.recruiting.postings.pay import Pay

if TYPE_CHECKING:
    from chalicelib.recruiting.employers.models import Employer
    from chalicelib.recruiting.postings.models import Posting, PostingSummary
    from chalicelib.recruiting.postings.places import Place

EXCERPT_LENGTH = 160


def to_public_employer(employer: Employer) -> PublicEmployer:
    """Return an employer as the public pages show it."""
    return PublicEmployer(clean_line(employer.name), employer.slug, clean(employer.about))


def to_public_posting(
    posting: Posting, employer: PublicEmployer, privacy_notice: str = ""
) -> PublicPosting:
    """Return a posting with its whole description, and the privacy notice if that is shown."""
    description = clean(posting.description)
    return msgspec.structs.replace(
        _common(posting, employer),
        description=description,
        excerpt=excerpt(description, EXCERPT_LENGTH),
        place=posting.place and _clean_place(posting.place),
        time_zone=posting.time_zone or "UTC",
        privacy_notice=clean(privacy_notice),
    )


def to_listed_posting(summary: PostingSummary, employer: PublicEmployer) -> PublicPosting:
    """Return a posting with an excerpt of its description, for a list."""
    return msgspec.structs.replace(_common(summary, employer), excerpt=clean_line(summary.excerpt))


def _common(posting: Posting | PostingSummary, employer: PublicEmployer) -> PublicPosting:
    return PublicPosting(
        id=posting.id,
        title=clean_line(posting.title),
        employer=employer,
        location=clean_line(posting.location),
        published_at=posting.published_at,
        workplace=posting.workplace,
        employment=posting.employment,
        closes_at=posting.closes_at,
        pay=_pay(posting),
    )


def _pay(posting: Posting | PostingSummary) -> Pay | None:
    if posting.pay or not posting.salary:
        return posting.pay
    salary = posting.salary
    return Pay(salary.least, salary.most, salary.currency, "year")


def _clean_place(place: Place) -> Place:
    return msgspec.structs.replace(
        place,
        region=place.region and clean_line(place.region),
        city=place.city and clean_line(place.city),
    )
