"""Cookies that only this origin's server reads (RFC 6265bis).

``__Host-`` makes browsers refuse them unless they are Secure, of this very host and for all of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalice.app import Request

_PREFIX = "__Host-hirelane-"


def full_name(name: str) -> str:
    """The name by which browsers know a cookie of ours."""
    return _PREFIX + name


def read_cookie(request: Request, name: str) -> str:
    """The value of a cookie of ours, or nothing."""
    # Not by http.cookies, which gives up at the first odd cookie of somebody else's.
    for pair in request.headers.get("cookie", "").split(";"):
        found, _, value = pair.strip().partition("=")
        if found == full_name(name):
            return str(value)
    return ""


def cookie(name: str, value: str, seconds: int) -> str:
    """A Set-Cookie header for a value of letters, digits, ``.``, ``-`` and ``_``."""
    pair = f"{full_name(name)}={value}"
    return f"{pair}; Max-Age={seconds}; Path=/; Secure; HttpOnly; SameSite=Strict"


def no_cookie(name: str) -> str:
    """A Set-Cookie header that takes a cookie away."""
    return cookie(name, "", 0)
