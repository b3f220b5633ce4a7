"""Public pages and feeds over HTTP, from real stores."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from chalice.test import Client, HTTPResponse
from pymongo.errors import AutoReconnect

from chalicelib.bootstrap.container import Container
from chalicelib.common.ids import new_id
from chalicelib.public_pages import service
from tests.integration.recruiting.steps import publish
from tests.unit.public_pages.examples import parse_xml

SITE = "https://hirelane.example"
SLUG = "yard-and-sons"
HTML, XML = "text/html; charset=utf-8", "application/xml; charset=utf-8"


@dataclass(frozen=True)
class Site:
    """The public pages, and an employer that publishes postings."""

    http: Client
    parts: Container
    employer_id: str

    def publish(self, **fields: Any) -> str:
        """Publish a posting of the employer. Return its id."""
        return publish(self.parts, employer_id=self.employer_id, employer_slug=SLUG, **fields)

    def close(self, posting_id: str) -> str:
        """Close a posting. Return its id."""
        closed = {"state": "closed", "closed_at": datetime.now(UTC)}
        self.parts.database["postings"].update_one({"_id": posting_id}, {"$set": closed})
        self.parts.recruiting.postings.publisher.follow(posting_id)
        return posting_id

    def get(self, path: str, **headers: str) -> HTTPResponse:
        return self.http.http.get(path, headers=headers)

    def text(self, path: str) -> str:
        answer = self.get(path)
        assert answer.status_code == 200
        return answer.body.decode()


@pytest.fixture
def site(http: Client, parts: Container) -> Site:
    employers = parts.employers.employers
    made = employers.create(SLUG, "Yard & Sons", "We build boats.", new_id())
    return Site(http, parts, made.id)


@pytest.fixture
def count_commands(parts: Container, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """Return a function that lists the collections that were queried since its last call."""
    from pymongo.collection import Collection

    queried: list[str] = []
    find = Collection.find

    def counted(self: Any, *arguments: Any, **options: Any) -> Any:
        queried.append(self.name)
        return find(self, *arguments, **options)

    monkeypatch.setattr(Collection, "find", counted)

    def take() -> list[str]:
        taken = list(queried)
        queried.clear()
        return taken

    return take


def test_every_address_has_type_policy_and_caching(site: Site) -> None:
    posting = site.publish()
    page, feed = "public, max-age=0, s-maxage=60", "public, max-age=300"
    expected = {
        f"/jobs/{SLUG}": (HTML, page),
        f"/jobs/{SLUG}/{posting}": (HTML, page),
        f"/feeds/{SLUG}.xml": (XML, feed),
        f"/feeds/{SLUG}.atom": ("application/atom+xml; charset=utf-8", feed),
        "/sitemap.xml": (XML, feed),
        "/robots.txt": ("text/plain; charset=utf-8", feed),
    }
    for path, (media_type, caching) in expected.items():
        answer = site.get(path)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == media_type
        assert answer.headers["Cache-Control"] == caching
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; ")
        known = {"If-None-Match": answer.headers["ETag"]}
        again = site.get(path, **known)
        assert (again.status_code, again.body) == (304, b"")
        assert again.headers["Cache-Control"] == caching
        head = site.http.http.request("HEAD", path)
        assert (head.status_code, head.body) == (200, b"")
        assert head.headers["ETag"] == answer.headers["ETag"]


def test_addresses_never_come_from_the_host_header(site: Site) -> None:
    posting = site.publish()
    for path in (f"/jobs/{SLUG}", f"/jobs/{SLUG}/{posting}", f"/feeds/{SLUG}.xml", "/sitemap.xml"):
        answer = site.get(path, Host="evil.example", **{"X-Forwarded-Host": "evil.example"})
        assert b"evil.example" not in answer.body
        assert f"{SITE}/jobs/{SLUG}/{posting}".encode() in answer.body
    assert site.text("/robots.txt").endswith(f"\nSitemap: {SITE}/sitemap.xml\n")


def test_wrong_slug_is_redirected_to_the_posting(site: Site) -> None:
    posting = site.publish()
    for slug in ("another", "-", "YARD-AND-SONS"):
        answer = site.get(f"/jobs/{slug}/{posting}")
        assert answer.status_code == 301
        assert answer.headers["Location"] == f"{SITE}/jobs/{SLUG}/{posting}"


def test_closed_posting_is_gone_and_in_no_list(site: Site) -> None:
    now = datetime.now(UTC)
    closed = {
        site.publish(title="Expired", closes_at=now),
        site.close(site.publish(title="Closed")),
    }
    for posting in closed:
        answer = site.get(f"/jobs/{SLUG}/{posting}")
        assert answer.status_code == 410
        assert (answer.headers["Content-Type"], answer.headers["Cache-Control"]) == (
            HTML,
            "no-store",
        )
        assert b"This posting is closed" in answer.body
        assert f'href="{SITE}/jobs/{SLUG}"'.encode() in answer.body
        assert b"ld+json" not in answer.body
        for path in (f"/jobs/{SLUG}", f"/feeds/{SLUG}.xml", f"/feeds/{SLUG}.atom", "/sitemap.xml"):
            assert posting not in site.text(path)
    assert "no open posting" in site.text(f"/jobs/{SLUG}")


def test_unknown_pages_are_not_found(site: Site, posting: str) -> None:
    draft = site.publish(state="draft")
    pages = (
        *(f"/jobs/{SLUG}/{new_id()}", f"/jobs/{SLUG}/{draft}"),
        # A posting that belongs to no employer has no page.
        f"/jobs/{SLUG}/{posting}",
        *("/jobs/another", f"/jobs/{SLUG}?page=2", f"/jobs/{SLUG}?page=0", f"/jobs/{SLUG}?page=x"),
    )
    for path in pages:
        answer = site.get(path)
        assert (answer.status_code, answer.headers["Content-Type"]) == (404, HTML), path
        assert answer.headers["Cache-Control"] == "no-store"
        assert b"There is no page at this address" in answer.body
    for name in ("another.xml", f"{SLUG}.rss", SLUG, ".xml"):
        answer = site.get(f"/feeds/{name}")
        assert answer.status_code == 404
        assert answer.headers["Content-Type"] == "application/problem+json"
    assert draft not in site.text("/sitemap.xml")
    assert posting not in site.text("/sitemap.xml")


@pytest.mark.parametrize(
    ("error", "status"), [(RuntimeError("secret"), 500), (AutoReconnect("secret"), 503)]
)
def test_error_of_the_server_is_a_page_without_its_cause(
    site: Site, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(site.parts.recruiting.catalogue, "open_postings", fail)
    answer = site.get(f"/jobs/{SLUG}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, HTML)
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers.get("Retry-After") == ("2" if status == 503 else None)
    assert b"Please load the page again." in answer.body
    assert b"secret" not in answer.body
    feed = site.get(f"/feeds/{SLUG}.xml")
    assert feed.status_code == status
    assert feed.headers["Content-Type"] == "application/problem+json"


def test_pages_feeds_and_sitemap_have_all_postings_newest_first(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "PAGE_SIZE", 2)
    now = datetime.now(UTC)
    ids = [site.publish(published_at=now - timedelta(minutes=number)) for number in range(5)]
    linked: list[str] = []
    for page in (1, 2, 3):
        path = f"/jobs/{SLUG}?page={page}&utm_source=x&page_size=3"
        linked += re.findall(
            rf'<h3 dir="auto"><a href="{SITE}/jobs/{SLUG}/([^"]+)"', site.text(path)
        )
    assert linked == ids
    feed = parse_xml(site.text(f"/feeds/{SLUG}.xml"))
    assert [job.findtext("referencenumber") for job in feed.iter("job")] == ids
    assert site.text(f"/feeds/{SLUG}.atom").count("<entry>") == 5
    sitemap = parse_xml(site.text("/sitemap.xml"))
    addresses = [str(place.text) for place in sitemap.iterfind(".//{*}loc")]
    assert sorted(addresses) == sorted(
        [f"{SITE}/jobs/{SLUG}", *(f"{SITE}/jobs/{SLUG}/{one}" for one in ids)]
    )


def test_publication_is_visible_at_once(site: Site) -> None:
    for path in (f"/jobs/{SLUG}", f"/feeds/{SLUG}.atom", "/sitemap.xml"):
        site.text(path)
    posting = site.publish(title="Sail maker")
    assert "Sail maker" in site.text(f"/jobs/{SLUG}")
    assert "Sail maker" in site.text(f"/feeds/{SLUG}.atom")
    assert posting in site.text("/sitemap.xml")
    postings = site.parts.recruiting.postings
    changed = msgspec.structs.replace(postings.get(posting), title="Rope maker")
    postings.publish(changed)
    assert "Rope maker" in site.text(f"/jobs/{SLUG}/{posting}")


def test_page_shows_the_present_privacy_notice(site: Site) -> None:
    path = f"/jobs/{SLUG}/{site.publish()}"
    assert '<p dir="auto">When you apply, we store what you send' in site.text(path)
    for version, text in ((1, "Ours"), (2, "Ours <b>now</b>")):
        site.parts.consents.notices.add(site.employer_id, version, text, new_id())
    assert '<p dir="auto">Ours &lt;b&gt;now&lt;/b&gt;</p>' in site.text(path)


def test_warm_page_reads_one_version_and_one_employer(
    site: Site, count_commands: Callable[[], list[str]]
) -> None:
    posting = site.publish()
    paths = (f"/jobs/{SLUG}", f"/jobs/{SLUG}/{posting}", f"/feeds/{SLUG}.xml", "/sitemap.xml")
    for path in paths:
        site.text(path)
    count_commands()
    for path in paths:
        site.text(path)
        allowed = ["employers", "posting_catalogue"]
        if path.endswith(posting):
            allowed.append("privacy_notices")
        queried = count_commands()
        assert len(queried) <= len(allowed), path
        assert set(queried) <= set(allowed), path
