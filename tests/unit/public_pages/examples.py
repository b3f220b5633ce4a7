"""Public postings of the tests: those of the demo, and one with a hostile text in each field."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

from chalicelib.public_pages.conversion import to_public_employer, to_public_posting
from chalicelib.public_pages.models import PublicPosting
from chalicelib.public_pages.renderer import PageRenderer
from chalicelib.recruiting.addresses import Addresses
from chalicelib.recruiting.employers.models import Employer
from chalicelib.recruiting.postings.models import Posting
from chalicelib.recruiting.postings.pay import Pay
from chalicelib.recruiting.postings.places import Place
from tests.support.demo_postings import demo_postings

SITE = "https://hirelane.example"
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
ADDRESSES = Addresses(f"{SITE}/")
RENDERER = PageRenderer(ADDRESSES)

# The limits of a title, the text about an employer, and a description.
MOST_TITLE, MOST_ABOUT, MOST_DESCRIPTION = 200, 10_000, 20_000
HOSTILE = {
    "markup": '<img src=x onerror=alert(1)> "&amp;" <b>bold</b>',
    "end of a script": "</script><script>alert(1)</script><!-- <script>",
    "end of a style": "</style><style>*{display:none}</style>",
    "end of CDATA": "]]><job/><![CDATA[ ]]]]>",
    "entities": "&lt;b&gt; &#x0; &nbsp; %00 {{ 7 * 7 }} {% raw %}",
    "direction": "\u202eabc\u2066def\u2069\u202a \u05e0\u05d2\u05e8",
    "zero width": "a\u200bb\u200c\u200d\ufeff\u2060c\U0001f469\u200d\U0001f52c",
    "control characters": "a\x00b\x08c\x0bd\x1be\x7ff\x85g\x9fh\ufffei\uffffj",
    "line ends": "a\r\nb\rc\u2028d\u2029e\x0cf",
    "lone surrogates": "a\ud83d b\ude00 \ud83d\ude00",
    "very long": "Donaudampfschiff" * (MOST_DESCRIPTION // 16),
}


def employer(name: str = "Yard & Sons", about: str = "") -> Employer:
    return Employer("e1", "yard-and-sons", name, about, 1, NOW - timedelta(days=9))


def public_posting(text: str = "Boat builder", **fields: object) -> PublicPosting:
    """Return a posting with a text wherever a person can write one."""
    values: dict[str, object] = {
        "id": "019ac6a2-0000-7000-8000-000000000001",
        "title": text,
        "employer": text,
        "location": text,
        "description": f"{text}\n\n- {text}\n\nHeading\n\n{text}",
        "published_at": NOW,
        "closes_at": NOW + timedelta(days=9),
        "employer_id": "e1",
        "employer_slug": "yard-and-sons",
        "place": Place("NO", text, text),
        "pay": Pay(30, 41.5, "EUR", "hour"),
        "time_zone": "Europe/Oslo",
    }
    posting = Posting(**{**values, **fields})  # type: ignore[arg-type]
    return to_public_posting(posting, to_public_employer(employer(text, text)), text)


def prose(length: int) -> str:
    """Return a text of this length with the words of the demo's postings in random order."""
    words = " ".join(posting.description for posting in demo_postings(NOW)).split()
    return " ".join(random.Random(7).choices(words, k=length))[:length]  # noqa: S311


def parse_xml(text: str) -> ElementTree.Element:
    """Return the root of an XML document of this project."""
    return ElementTree.fromstring(text.encode())  # noqa: S314


def render_all(posting: PublicPosting) -> dict[str, str]:
    """Return each page and feed with a posting, by the name of its template."""
    listed = {"employer": posting.employer, "postings": [posting]}
    address = ADDRESSES.posting(posting.employer.slug, posting.id)
    values: dict[str, dict[str, object]] = {
        "posting.html": {"posting": posting},
        "career.html": {**listed, "page": 1, "pages": 2, "total": 21},
        "closed.html": {"posting": posting},
        "not_found.html": {},
        "error.html": {"status": 503},
        "feed.xml": listed,
        "feed.atom": {**listed, "updated": NOW},
        "sitemap.xml": {"entries": [(address, NOW)]},
    }
    return {name: RENDERER.render(name, **given) for name, given in values.items()}
