"""Answers that a client need not be sent again: ETag and If-None-Match (RFC 9110, section 13)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from chalice import Response

if TYPE_CHECKING:
    from chalice.app import Request

# Who has an answer asks each time whether it is still right; anyone may keep it.
CHECKED = {"Cache-Control": "public, no-cache"}


def conditional(request: Request, response: Response) -> Response:
    """The answer with an ETag of its body; 304 and no body if the client has that already.

    It saves the client the bytes, not us the work: the body was made.
    """
    body: Any = response.body
    content = body if isinstance(body, bytes) else body.encode()
    # Weak: the same content may be sent compressed or not.
    tag = f'W/"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
    headers = {**response.headers, "ETag": tag}
    if response.status_code == 200 and _has(request, tag):
        headers.pop("Content-Type", None)
        return Response(body="", status_code=304, headers=headers)
    return Response(body=body, status_code=response.status_code, headers=headers)


def _has(request: Request, tag: str) -> bool:
    asked: Any = request.headers.get("If-None-Match", "")
    known = {_opaque(one.strip()) for one in asked.split(",")}
    return "*" in known or _opaque(tag) in known


def _opaque(tag: str) -> str:
    """A tag for weak comparison."""
    return tag.removeprefix("W/")
