"""Refuse requests that a page of another website made a browser send (CSRF).

The rule is that of Go's ``net/http.CrossOriginProtection``. ``Sec-Fetch-Site`` decides if it is
there, because every current browser sends it and no page can change it. Older browsers send only
``Origin``. Other programs send neither and carry no cookies of a browser, so they are allowed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from chalicelib.http.errors import ForeignOrigin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chalice.app import Request

# Methods that must not change anything (RFC 9110, section 9.2.1).
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# A page of this origin, or the user. "same-site" is foreign: another port, or a sister domain.
_OWN_SITES = ("same-origin", "none")


def require_own_origin(request: Request, public_url: Callable[[], str]) -> None:
    """Check that no page of another origin sent a request that may change something.

    Args:
        request: the request.
        public_url: returns the URL of the web client. A CDN in front of the API replaces the Host
            header, so the origin that browsers see is known only from this setting.

    Raises:
        ForeignOrigin: a page of another origin sent it.
    """
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None:
        is_own = site in _OWN_SITES
    elif origin is not None:
        is_own = origin in _origins_of_host(request) or origin == _origin_of(public_url())
    else:
        is_own = True
    if not is_own:
        raise ForeignOrigin("Send this request from a page of our own, or from a program.")


def _origins_of_host(request: Request) -> Iterator[str]:
    """Yield the origins that the host of a request can have."""
    host = request.headers.get("host", "")
    yield f"https://{host}"
    # A page that was loaded without TLS may be forged by the network.
    if request.headers.get("x-forwarded-proto") != "https":
        yield f"http://{host}"


def _origin_of(url: str) -> str:
    """Return the origin of a URL as browsers write it (RFC 6454)."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
