"""What the public pages and feeds show of employers and postings; all texts are clean."""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib.recruiting.postings.models import Employment, Workplace
from chalicelib.recruiting.postings.pay import Pay
from chalicelib.recruiting.postings.places import Place

HTML = "text/html; charset=utf-8"


class PublicEmployer(msgspec.Struct, frozen=True):
    """An employer with a career page."""

    name: str
    slug: str
    about: str = ""


class PublicPosting(msgspec.Struct, frozen=True):
    """A posting of an employer.

    ``description`` and ``privacy_notice`` are empty where only the ``excerpt`` is shown.
    """

    id: str
    title: str
    employer: PublicEmployer
    location: str
    published_at: datetime
    workplace: Workplace
    employment: Employment
    excerpt: str = ""
    description: str = ""
    closes_at: datetime | None = None
    place: Place | None = None
    pay: Pay | None = None
    time_zone: str = "UTC"
    privacy_notice: str = ""


class PublicPage(msgspec.Struct, frozen=True):
    """A page or feed as it is sent.

    Args:
        content: the text; empty for a redirection.
        location: the address of the page that is meant, for a redirection.
    """

    status: int
    content: str = ""
    media_type: str = HTML
    location: str = ""
