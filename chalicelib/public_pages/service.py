"""Public pages and feeds of employers that have published postings."""

from __future__ import annotations

from datetime import UTC, datetime
from math import ceil
from operator import itemgetter
from typing import TYPE_CHECKING

from msgspec.structs import replace

from chalicelib.public_pages.conversion import (
    to_listed_posting,
    to_public_employer,
    to_public_posting,
)
from chalicelib.public_pages.models import PublicPage
from chalicelib.recruiting.employers.errors import EmployerNotFound
from chalicelib.recruiting.postings.errors import PostingNotFound
from chalicelib.recruiting.postings.excerpt import excerpt

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from chalicelib.public_pages.models import PublicPosting
    from chalicelib.public_pages.renderer import PageRenderer
    from chalicelib.recruiting.addresses import Addresses
    from chalicelib.recruiting.consents.service import NoticeService
    from chalicelib.recruiting.employers.models import Employer
    from chalicelib.recruiting.employers.repository import EmployerRepository
    from chalicelib.recruiting.postings.catalogue import OpenPostings, PostingCatalogue
    from chalicelib.recruiting.postings.models import Posting
    from chalicelib.recruiting.postings.repository import PostingRepository

PAGE_SIZE = 20
# An answer of a function has at most 6 MB, in which a character takes up to 9 bytes: "&" becomes
# "&amp;amp;" in Atom. A feed lists all postings, so their descriptions share the space.
MAX_FEED_CHARACTERS = 500_000
MAX_SITEMAP_ENTRIES = 20_000
# Feeds and sitemaps are kept in memory until a posting is published or closes.
MAX_KEPT = 32
_FEEDS = {
    "xml": ("feed.xml", "application/xml; charset=utf-8"),
    "atom": ("feed.atom", "application/atom+xml; charset=utf-8"),
}


class PublicPagesService:
    """Answers requests for public pages, from the catalogue in the memory of the process.

    Args:
        catalogue: the open postings, and single postings.
        postings: reads the descriptions of the postings in a feed.
        employers: the employers.
        renderer: renders the pages.
        addresses: the addresses of the pages.
        notices: the privacy notices of employers.
        now: returns the current time.
    """

    def __init__(
        self,
        catalogue: PostingCatalogue,
        postings: PostingRepository,
        employers: EmployerRepository,
        renderer: PageRenderer,
        addresses: Addresses,
        notices: NoticeService,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._catalogue = catalogue
        self._postings = postings
        self._employers = employers
        self._renderer = renderer
        self._addresses = addresses
        self._notices = notices
        self._now = now
        self._kept_for: OpenPostings | None = None
        self._kept: dict[Hashable, str] = {}

    @property
    def policy(self) -> str:
        """The Content-Security-Policy of the pages."""
        return self._renderer.policy

    def career_page(self, slug: str, page: int) -> PublicPage:
        """Return a page of the open postings of an employer, newest first.

        Args:
            slug: the employer. With a former slug, the page is a redirection to the present one.
            page: the number of the page, from 1.
        """
        found = self._employers.find_by_slug(slug)
        if found is None:
            return self.not_found()
        if found.slug != slug:
            return PublicPage(301, location=self._addresses.career(found.slug, page))
        listed = self._catalogue.open_postings().by_employer().get(found.id, [])
        pages = max(1, ceil(len(listed) / PAGE_SIZE))
        if not 1 <= page <= pages:
            return self.not_found()
        employer = to_public_employer(found)
        shown = listed[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        content = self._renderer.render(
            "career.html",
            employer=employer,
            postings=[to_listed_posting(one, employer) for one in shown],
            page=page,
            pages=pages,
            total=len(listed),
        )
        return PublicPage(200, content)

    def posting_page(self, slug: str, posting_id: str) -> PublicPage:
        """Return the page of a posting; of a closed one, a page with status 410.

        Args:
            slug: the employer. With another one than that of the posting, the page is a redirection
                to the right address.
            posting_id: the posting.
        """
        try:
            posting = self._catalogue.get(posting_id)
            employer = self._employers.get(posting.employer_id or "")
        except (PostingNotFound, EmployerNotFound):
            return self.not_found()
        if slug != employer.slug:
            return PublicPage(301, location=self._addresses.posting(employer.slug, posting.id))
        shown = to_public_employer(employer)
        if not self._is_open(posting):
            closed = to_public_posting(posting, shown)
            return PublicPage(410, self._renderer.render("closed.html", posting=closed))
        notice = self._notices.find_present(employer.id).text
        opened = to_public_posting(posting, shown, notice)
        return PublicPage(200, self._renderer.render("posting.html", posting=opened))

    def not_found(self) -> PublicPage:
        """Return the page for an address at which there is nothing."""
        return PublicPage(404, self._renderer.render("not_found.html"))

    def error(self, status: int) -> PublicPage:
        """Return the page for an error of the server, without its cause."""
        return PublicPage(status, self._renderer.render("error.html", status=status))

    def feed(self, slug: str, kind: str) -> PublicPage | None:
        """Return all open postings of an employer as a feed, or None if there is no such feed.

        Args:
            slug: the employer.
            kind: ``xml`` for job boards, ``atom`` for feed readers.
        """
        employer = self._employers.find_by_slug(slug) if kind in _FEEDS else None
        if employer is None:
            return None
        if employer.slug != slug:
            return PublicPage(301, location=self._addresses.feed(employer.slug, kind))
        template, media_type = _FEEDS[kind]
        open_postings = self._catalogue.open_postings()

        def render() -> str:
            postings = self._with_descriptions(open_postings, employer)
            return self._renderer.render(
                template,
                employer=to_public_employer(employer),
                postings=postings,
                updated=max((one.published_at for one in postings), default=employer.created_at),
            )

        content = self._keep(open_postings, (kind, employer), render)
        return PublicPage(200, content, media_type)

    def sitemap(self) -> PublicPage:
        """Return the addresses of the newest open postings and their employers, as a sitemap."""
        open_postings = self._catalogue.open_postings()

        def render() -> str:
            entries = []
            for postings in open_postings.by_employer().values():
                slug = postings[0].employer_slug
                if slug is None:
                    continue
                entries.append((self._addresses.career(slug), postings[0].published_at))
                entries += [
                    (self._addresses.posting(slug, one.id), one.published_at) for one in postings
                ]
            newest_first = sorted(entries, key=itemgetter(1), reverse=True)
            return self._renderer.render("sitemap.xml", entries=newest_first[:MAX_SITEMAP_ENTRIES])

        content = self._keep(open_postings, "sitemap", render)
        return PublicPage(200, content, "application/xml; charset=utf-8")

    def robots(self) -> PublicPage:
        """Return what programs that read the site may do: everything. It names the sitemap."""
        content = f"User-agent: *\nAllow: /\n\nSitemap: {self._addresses.sitemap}\n"
        return PublicPage(200, content, "text/plain; charset=utf-8")

    def _is_open(self, posting: Posting) -> bool:
        has_passed = posting.closes_at is not None and posting.closes_at <= self._now()
        return posting.state == "published" and not has_passed

    def _with_descriptions(
        self, open_postings: OpenPostings, employer: Employer
    ) -> Sequence[PublicPosting]:
        """Return the open postings of an employer with their descriptions, newest first."""
        ids = [one.id for one in open_postings.by_employer().get(employer.id, [])]
        found, shown = self._postings.find_many(ids), to_public_employer(employer)
        postings = [
            to_public_posting(found[one], shown)
            for one in ids
            if one in found and self._is_open(found[one])
        ]
        return fit_descriptions(postings)

    def _keep(self, shown: OpenPostings, key: Hashable, render: Callable[[], str]) -> str:
        """Return a text that is rendered once for each version of the open postings."""
        if shown is not self._kept_for or len(self._kept) >= MAX_KEPT:
            self._kept_for, self._kept = shown, {}
        if key not in self._kept:
            self._kept[key] = render()
        return self._kept[key]


def fit_descriptions(postings: Sequence[PublicPosting]) -> Sequence[PublicPosting]:
    """Return the postings of a feed, with descriptions cut so that an answer can hold them all."""
    length = MAX_FEED_CHARACTERS // max(1, len(postings))
    return [
        one
        if len(one.description) <= length
        else replace(one, description=excerpt(one.description, length))
        for one in postings
    ]
