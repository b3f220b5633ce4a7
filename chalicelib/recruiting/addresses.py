"""Addresses of the public pages and feeds, and of the web client."""

from __future__ import annotations

from urllib.parse import quote


class Addresses:
    """Absolute URLs.

    Args:
        public_url: the URL of the web client, a setting. The Host header of a request is never
            used, because the caller chooses it and shared caches store the answers.
    """

    def __init__(self, public_url: str) -> None:
        self._base = public_url.rstrip("/")

    @property
    def client(self) -> str:
        """The front page of the web client."""
        return f"{self._base}/"

    @property
    def applications(self) -> str:
        """The candidate's applications in the web client."""
        return f"{self._base}/#/applications"

    @property
    def sitemap(self) -> str:
        """The sitemap."""
        return f"{self._base}/sitemap.xml"

    def client_posting(self, posting_id: str) -> str:
        """Return the address of a posting in the web client."""
        return f"{self._base}/#/postings/{quote(posting_id, safe='')}"

    def apply(self, posting_id: str) -> str:
        """Return the address where the web client takes an application, also without a log-in."""
        return f"{self._base}/#/apply/{quote(posting_id, safe='')}"

    def confirm_application(self, posting_id: str, token: str) -> str:
        """Return the address that sends a guest application.

        The token is in the fragment, so neither logs nor the Referer header contain it.
        """
        return f"{self.apply(posting_id)}/{token}"

    def review(self, employer_id: str, application_id: str) -> str:
        """Return the address where members review an application, in the web client."""
        ids = quote(employer_id, safe=""), quote(application_id, safe="")
        return "{}/#/employers/{}/applications/{}".format(self._base, *ids)

    def retention(self, employer_id: str) -> str:
        """Return the address where owners see what retention will erase, in the web client."""
        return f"{self._base}/#/employers/{quote(employer_id, safe='')}/retention"

    def career(self, slug: str, page: int = 1) -> str:
        """Return the address of a page of an employer's open postings."""
        query = f"?page={page}" if page > 1 else ""
        return f"{self._base}/jobs/{quote(slug, safe='')}{query}"

    def posting(self, slug: str, posting_id: str) -> str:
        """Return the address of a posting of an employer."""
        return f"{self.career(slug)}/{quote(posting_id, safe='')}"

    def shared(self, posting_id: str, slug: str | None) -> str:
        """Return the address of a posting to hand on, such as in an e-mail.

        Without the slug of an employer the posting has no page of its own: it is in the web client.
        """
        return self.posting(slug, posting_id) if slug else self.client_posting(posting_id)

    def feed(self, slug: str, kind: str) -> str:
        """Return the address of a feed: ``xml`` for job boards, ``atom`` for feed readers."""
        return f"{self._base}/feeds/{quote(slug, safe='')}.{kind}"
