"""Cookies that only the server of this origin reads (RFC 6265bis).

Browsers reject a cookie with the prefix ``__Host-`` unless it is Secure and valid for this host
alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalice.app import Request

_PREFIX = "__Host-hirelane-"


def full_name(name: str) -> str:
    """Return the name of a cookie as browsers know it."""
    return _PREFIX + name


def read_cookie(request: Request, name: str) -> str:
    """Return the value of a cookie, or an empty string."""
    # http.cookies stops at the first malformed cookie, which may belong to another application.
    for pair in request.headers.get("cookie", "").split(";"):
        found, _, value = pair.strip().partition("=")
        if found == full_name(name):
            return str(value)
    return ""


def set_cookie(name: str, value: str, seconds: int) -> str:
    """Return the value of a Set-Cookie header.

    Args:
        name: the name without its prefix.
        value: letters, digits, ``.``, ``-`` and ``_``.
        seconds: the lifetime of the cookie.
    """
    pair = f"{full_name(name)}={value}"
    return f"{pair}; Max-Age={seconds}; Path=/; Secure; HttpOnly; SameSite=Strict"


def delete_cookie(name: str) -> str:
    """Return the value of a Set-Cookie header that deletes a cookie."""
    return set_cookie(name, "", 0)
