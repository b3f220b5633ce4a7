"""Postings of the demo as JSON-LD, feeds and pages."""

from __future__ import annotations

import gzip
import json
import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest

from chalicelib.public_pages import formats
from chalicelib.public_pages.conversion import to_public_employer, to_public_posting
from chalicelib.public_pages.description import Part, description_html, parse_description
from chalicelib.public_pages.models import PublicEmployer, PublicPosting
from chalicelib.public_pages.service import fit_descriptions
from chalicelib.public_pages.structured_data import job_posting
from chalicelib.recruiting.postings.countries import COUNTRY_NAMES
from chalicelib.recruiting.postings.pay import Pay
from chalicelib.recruiting.postings.places import Place
from tests.support.demo_postings import demo_postings
from tests.unit.public_pages.examples import (
    ADDRESSES,
    MOST_ABOUT,
    MOST_DESCRIPTION,
    MOST_TITLE,
    NOW,
    RENDERER,
    SITE,
    employer,
    parse_xml,
    prose,
    public_posting,
    render_all,
)

DEMO = [
    to_public_posting(posting, to_public_employer(employer(posting.employer)))
    for posting in demo_postings(NOW)
]
MOST_BYTES = 30_000
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MOST_ANSWER_BYTES = 6_000_000
EMPLOYMENT_TYPES = {"FULL_TIME", "PART_TIME", "TEMPORARY", "INTERN"}
PERIODS = {"HOUR", "DAY", "WEEK", "MONTH", "YEAR"}


def check_job_posting(data: dict[str, Any]) -> None:
    """Fail unless Google's required and recommended fields are there and well-formed.

    https://developers.google.com/search/docs/appearance/structured-data/job-posting
    """
    assert data["@context"] == "https://schema.org/"
    assert data["@type"] == "JobPosting"
    for name in ("title", "description"):
        assert str(data[name]).strip()
    assert re.match(r"<(p|ul|h3)>", str(data["description"]))
    assert datetime.fromisoformat(str(data["datePosted"])).tzinfo
    assert data["employmentType"] in EMPLOYMENT_TYPES
    assert data["directApply"] is True
    organization = data["hiringOrganization"]
    assert organization["@type"] == "Organization"
    assert organization["name"].strip()
    assert urlsplit(organization["sameAs"]).scheme == "https"
    identifier = data["identifier"]
    assert identifier["@type"] == "PropertyValue"
    assert identifier["name"] == organization["name"]
    assert identifier["value"]
    if "jobLocationType" in data:
        assert data["jobLocationType"] == "TELECOMMUTE"
        areas = data["applicantLocationRequirements"]
        for area in areas if isinstance(areas, list) else [areas]:
            assert area == {"@type": "Country", "name": area["name"]}
            assert area["name"] in COUNTRY_NAMES.values()
    else:
        place = data["jobLocation"]
        assert place["@type"] == "Place"
        assert place["address"]["@type"] == "PostalAddress"
        assert place["address"]["addressLocality"]
        assert re.fullmatch("[A-Z]{2}", place["address"]["addressCountry"])
    if "validThrough" in data:
        assert datetime.fromisoformat(str(data["validThrough"])) > NOW
    if "baseSalary" in data:
        salary = data["baseSalary"]
        assert salary["@type"] == "MonetaryAmount"
        assert re.fullmatch("[A-Z]{3}", str(salary["currency"]))
        assert salary["value"]["unitText"] in PERIODS
        assert salary["value"]["minValue"] <= salary["value"]["maxValue"]


def structured_data(page: str) -> dict[str, Any]:
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert len(found) == 1
    data: dict[str, Any] = json.loads(found[0])
    return data


@pytest.mark.parametrize("posting", DEMO, ids=lambda posting: posting.title)
def test_demo_posting_has_the_fields_that_google_requires(posting: PublicPosting) -> None:
    data = structured_data(RENDERER.render("posting.html", posting=posting))
    check_job_posting(data)
    assert ("validThrough" in data) == bool(posting.closes_at)
    assert ("baseSalary" in data) == bool(posting.pay)


def test_every_kind_of_demo_posting_was_checked() -> None:
    assert len(DEMO) == 32
    assert {posting.workplace for posting in DEMO} == {"on-site", "hybrid", "remote"}
    assert len({bool(posting.closes_at) for posting in DEMO}) == 2


def test_structured_place_and_pay_are_used() -> None:
    posting = public_posting("Bergen")
    data = msgspec.to_builtins(job_posting(posting, ADDRESSES))
    address = data["jobLocation"]["address"]
    assert address == {
        "@type": "PostalAddress",
        "addressLocality": "Bergen",
        "addressRegion": "Bergen",
        "addressCountry": "NO",
    }
    assert data["baseSalary"]["value"] == {
        "@type": "QuantitativeValue",
        "minValue": 30,
        "maxValue": 41.5,
        "unitText": "HOUR",
    }
    remote = job_posting(msgspec.structs.replace(posting, workplace="remote"), ADDRESSES)
    assert remote["applicantLocationRequirements"] == {"@type": "Country", "name": "Norway"}
    assert "jobLocation" not in remote
    # A posting of an earlier version, without a country.
    for place in (None, Place(None, "Europe")):
        old = job_posting(
            msgspec.structs.replace(posting, workplace="remote", place=place), ADDRESSES
        )
        assert "applicantLocationRequirements" not in old


def test_feeds_list_all_postings_of_an_employer() -> None:
    listed = {"employer": DEMO[0].employer, "postings": DEMO}
    feed = parse_xml(RENDERER.render("feed.xml", **listed))
    required = ("title", "date", "referencenumber", "url", "company", "city", "description")
    for job, posting in zip(feed.iter("job"), DEMO, strict=True):
        assert all(job.findtext(field) for field in required)
        assert job.findtext("referencenumber") == posting.id
        assert job.findtext("url") == f"{SITE}/jobs/yard-and-sons/{posting.id}"
        assert job.findtext("description") == description_html(posting.description)
    atom = parse_xml(RENDERER.render("feed.atom", updated=NOW, **listed))
    namespace = {"": "http://www.w3.org/2005/Atom"}
    for place in (atom, *atom.iterfind("entry", namespace)):
        assert all(
            place.findtext(field, namespaces=namespace) for field in ("id", "title", "updated")
        )
    ids = [one.text for one in atom.iterfind("entry/id", namespace)]
    assert ids == [f"urn:uuid:{posting.id}" for posting in DEMO]


@pytest.mark.parametrize("character", ["&", "<", "]]>", "\U0001f600", "x "])
def test_feed_of_long_descriptions_is_complete_and_fits_an_answer(character: str) -> None:
    one = msgspec.structs.replace(public_posting(), description=character * MOST_DESCRIPTION)
    listed = {"employer": one.employer, "postings": fit_descriptions([one] * 100)}
    for template, end in (("feed.xml", "</job>"), ("feed.atom", "</entry>")):
        feed = RENDERER.render(template, updated=NOW, **listed)
        assert feed.count(end) == 100
        assert len(json.dumps(feed, ensure_ascii=False).encode()) < MOST_ANSWER_BYTES


def test_page_names_its_address_and_previews() -> None:
    posting = public_posting()
    page = RENDERER.render("posting.html", posting=posting)
    address = f"{SITE}/jobs/yard-and-sons/{posting.id}"
    assert f'<link rel="canonical" href="{address}">' in page
    assert f'<meta property="og:url" content="{address}">' in page
    assert '<meta property="og:title" content="Boat builder at Boat builder">' in page
    assert f'<a class="button" href="{SITE}/#/apply/{posting.id}">' in page
    for kind in ("atom", "xml"):
        assert f'href="{SITE}/feeds/yard-and-sons.{kind}"' in page
    assert page.startswith('<!doctype html>\n<html lang="en">')
    assert "EUR 30 – 41.50 an hour" in page  # noqa: RUF001
    assert "7 December 2026, 13:00 (Europe/Oslo)" in page


def test_largest_pages_are_below_30_kb_when_compressed() -> None:
    posting = msgspec.structs.replace(
        public_posting(prose(MOST_TITLE)),
        description=prose(MOST_DESCRIPTION),
        employer=PublicEmployer(prose(MOST_TITLE), "yard-and-sons", prose(MOST_ABOUT)),
    )
    listed = [msgspec.structs.replace(one, employer=posting.employer) for one in DEMO[:20]]
    career = {"employer": posting.employer, "postings": listed, "page": 1, "pages": 2, "total": 32}
    pages = {
        "posting": RENDERER.render("posting.html", posting=posting),
        "career": RENDERER.render("career.html", **career),
    }
    sizes = {name: len(gzip.compress(page.encode(), 6)) for name, page in pages.items()}
    print(sizes)
    assert max(sizes.values()) < MOST_BYTES


def test_policy_allows_only_the_style_of_the_page() -> None:
    styles = {
        style
        for page in render_all(public_posting()).values()
        for style in re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    }
    assert styles == {RENDERER.style}
    directives = dict(one.strip().split(" ", 1) for one in RENDERER.policy.split(";"))
    assert re.fullmatch(r"'sha256-[A-Za-z0-9+/]{43}='", directives.pop("style-src"))
    assert directives.pop("img-src") == "data:"
    assert set(directives.values()) == {"'none'"}
    assert "default-src" in directives


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One.\nTwo.", [Part("paragraph", "One.\nTwo.")]),
        (
            "What we do\n\nWe build.",
            [Part("heading", "What we do"), Part("paragraph", "We build.")],
        ),
        ("- a\n  b\n- c\nd", [Part("list", items=("a b", "c")), Part("paragraph", "d")]),
        ("The end", [Part("paragraph", "The end")]),
        ("\n \n", []),
    ],
)
def test_description_has_parts_as_in_the_client(text: str, expected: list[Part]) -> None:
    assert parse_description(text) == expected


@pytest.mark.parametrize(
    ("zone", "hours", "expected"),
    [
        ("UTC", 12, "28 November 2026, 23:59 (UTC)"),
        ("Europe/Oslo", 11, "28 November 2026, 23:59 (Europe/Oslo)"),
        ("Asia/Tokyo", 12, "29 November 2026, 09:00 (Asia/Tokyo)"),
        ("Nowhere/Else", 13, "29 November 2026, 01:00 (UTC)"),
        ("../../etc/passwd", 13, "29 November 2026, 01:00 (UTC)"),
    ],
)
def test_deadline_is_shown_in_the_zone_of_the_posting(zone: str, hours: int, expected: str) -> None:
    assert formats.deadline(NOW + timedelta(hours=hours), zone) == expected


@pytest.mark.parametrize(
    ("pay", "expected"),
    [
        (Pay(610_000, 720_000, "NOK", "year"), "NOK 610,000 – 720,000 a year"),  # noqa: RUF001
        (Pay(18.5, 18.5, "GBP", "hour"), "GBP 18.50 an hour"),
    ],
)
def test_pay_is_shown_as_a_range(pay: Pay, expected: str) -> None:
    assert formats.pay_text(pay) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Yard & Sons", "Y&"),
        ("\U0001f469\u200d\U0001f52c lab", "\U0001f469\u200d\U0001f52cL"),
        ("", ""),
    ],
)
def test_mark_shows_whole_characters(name: str, expected: str) -> None:
    assert formats.initials(name) == expected
