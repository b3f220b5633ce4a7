"""Describe where a request comes from, for the owner of an account."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from chalicelib.auth.models import Visitor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalice.app import Request

# The order matters: browsers also name the browsers they imitate, and iPads also name Macs.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("python", "a Python program"),
)
_SYSTEMS = (
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "a Mac"),
    ("Linux", "Linux"),
)


def read_visitor(request: Request, *, behind_cdn: bool = False) -> Visitor:
    """Return the visitor who sent a request.

    Args:
        request: the request; its address is that of the client of API Gateway.
        behind_cdn: whether CloudFront is in front of the API and adds address, city and country.
            Then requests of others have been refused (``http.cdn``). Otherwise these headers are
            ignored, because any client can send them.
    """
    headers: Mapping[str, str] = request.headers
    address = _address(request, behind_cdn=behind_cdn)
    place = _network(address)
    if behind_cdn:
        parts = ("cloudfront-viewer-city", "cloudfront-viewer-country-name")
        place = ", ".join(filter(None, (headers.get(part) for part in parts))) or place
    return Visitor(_counted(address), _device(headers.get("user-agent", "")), place)


def read_address(request: Request, *, behind_cdn: bool) -> str:
    """Return the address of the ``Visitor`` who sent a request; see ``read_visitor``."""
    address = _address(request, behind_cdn=behind_cdn)
    return _counted(address) if ":" in address else address


def _address(request: Request, *, behind_cdn: bool) -> str:
    if behind_cdn:
        # The client of API Gateway is CloudFront, which names the viewer: "198.51.100.7:46532".
        headers: Mapping[str, str] = request.headers
        viewer, _, _ = headers.get("cloudfront-viewer-address", "").rpartition(":")
        if viewer:
            return viewer
    context: Any = request.context
    return str(context.get("identity", {}).get("sourceIp", ""))


def _counted(address: str) -> str:
    """Return an IPv4 address, or the first 64 bits of an IPv6 address."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((known, 64), strict=False)) if known.version == 6 else address


def _device(user_agent: str) -> str:
    browser = _named(_BROWSERS, user_agent) or "an unknown program"
    system = _named(_SYSTEMS, user_agent)
    return f"{browser} on {system}" if system else browser


def _named(names: tuple[tuple[str, str], ...], text: str) -> str | None:
    """Return the name of the first part that a text contains."""
    return next((name for part, name in names if part.lower() in text.lower()), None)


def _network(address: str) -> str:
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return "an unknown place"
    if known.is_loopback:
        return "this computer"
    return f"a private network ({known})" if known.is_private else str(known)
