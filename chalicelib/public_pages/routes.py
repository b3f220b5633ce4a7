"""Routes of the public pages: they need no account and no scripts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from chalice import Response

from chalicelib.http.errors import NotFound
from chalicelib.http.policies import PublicPolicy
from chalicelib.http.routing import Blueprint

if TYPE_CHECKING:
    from chalice.app import Request

    from chalicelib.public_pages.models import PublicPage
    from chalicelib.public_pages.service import PublicPagesService

# A content delivery network answers for a minute by itself, and browsers ask each time. Programs
# that read feeds ask at intervals anyway. Errors are not stored at all.
_PAGE_CACHE = "public, max-age=0, s-maxage=60"
_FEED_CACHE = "public, max-age=300"
_NUMBER = re.compile("[1-9][0-9]{0,3}")

blueprint = Blueprint(__name__)
PUBLIC = PublicPolicy("published postings")


def _page_response(services: PublicPagesService, page: PublicPage) -> Response:
    headers: dict[str, Any] = {"Cache-Control": _PAGE_CACHE} if page.status < 400 else {}
    if page.location:
        return Response("", {**headers, "Location": page.location}, page.status)
    headers |= {"Content-Type": page.media_type, "Content-Security-Policy": services.policy}
    return Response(page.content, headers, page.status)


def _error_page(services: PublicPagesService, status: int) -> Response:
    return _page_response(services, services.error(status))


def _feed_response(page: PublicPage) -> Response:
    headers: dict[str, Any] = {"Cache-Control": _FEED_CACHE}
    if page.location:
        return Response("", {**headers, "Location": page.location}, page.status)
    headers["Content-Type"] = page.media_type
    return Response(page.content, headers, page.status)


def _page_number(request: Request) -> int:
    """Return the parameter ``page``; 0 if it is not a number of a page.

    Others are ignored, because social networks and mail programs add some to every link.
    """
    parameters: Any = request.query_params or {}
    given = parameters.get("page", "1")
    return int(given) if _NUMBER.fullmatch(given) else 0


@blueprint.get(
    "/jobs/{slug}",
    policy=PUBLIC,
    response={200: str, 301: None, 404: str},
    conditional=True,
    media_type="text/html",
    error_page=_error_page,
)
def career_page(slug: str, request: Request, services: PublicPagesService) -> Response:
    """Return the career page of an employer: its open postings, page by page."""
    return _page_response(services, services.career_page(slug, _page_number(request)))


@blueprint.get(
    "/jobs/{slug}/{posting_id}",
    policy=PUBLIC,
    response={200: str, 301: None, 404: str, 410: str},
    conditional=True,
    media_type="text/html",
    error_page=_error_page,
)
def posting_page(slug: str, posting_id: str, services: PublicPagesService) -> Response:
    """Return the page of a posting."""
    return _page_response(services, services.posting_page(slug, posting_id))


# A path parameter of API Gateway is a whole part of the path, also with the suffix.
@blueprint.get(
    "/feeds/{name}",
    policy=PUBLIC,
    response={200: str, 301: None},
    errors=(NotFound,),
    conditional=True,
    media_type="*/*",
)
def posting_feed(name: str, services: PublicPagesService) -> Response:
    """Return the open postings of an employer as a feed, xml for job boards or atom."""
    slug, _, kind = name.rpartition(".")
    page = services.feed(slug, kind)
    if page is None:
        raise NotFound("There is no such feed.")
    return _feed_response(page)


@blueprint.get(
    "/sitemap.xml",
    policy=PUBLIC,
    response={200: str},
    conditional=True,
    media_type="*/*",
)
def sitemap(services: PublicPagesService) -> Response:
    """Return the addresses of all public pages for search engines."""
    return _feed_response(services.sitemap())


@blueprint.get(
    "/robots.txt",
    policy=PUBLIC,
    response={200: str},
    conditional=True,
    media_type="*/*",
    needs_stores=False,
)
def robots(services: PublicPagesService) -> Response:
    """Return the rules for programs that read the site."""
    return _feed_response(services.robots())
