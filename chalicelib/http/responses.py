"""Build responses: JSON, problem documents, conditional responses, security headers."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec
from chalice import Response

if TYPE_CHECKING:
    from chalice.app import Request

    from chalicelib.http.problems import AnyError

JSON = "application/json"
PROBLEM_JSON = "application/problem+json"

# Anyone may store the response, and must ask each time whether it is still current.
REVALIDATE = {"Cache-Control": "public, no-cache"}
# A content delivery network may answer for a few seconds by itself; browsers ask each time.
SHARED_FOR_SECONDS = {"Cache-Control": "public, max-age=0, s-maxage=5"}
# What is at this address never changes, so anyone may keep it for a year.
IMMUTABLE = {"Cache-Control": "public, max-age=31536000, immutable"}

# Headers of every response, after the OWASP REST Security and HTTP Headers cheat sheets.
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
# The Content-Security-Policy of data: it may load nothing, and no page may frame it.
DATA_CSP = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


def json_response(body: Any, status: int = 200, headers: dict[str, Any] | None = None) -> Response:
    """Return a response with a JSON body.

    Args:
        body: anything that msgspec encodes.
        status: the status code.
        headers: more headers.
    """
    return Response(
        body=msgspec.json.encode(body).decode(),
        status_code=status,
        headers={"Content-Type": JSON, **(headers or {})},
    )


def file_response(
    content: str, media_type: str, name: str, headers: dict[str, Any] | None = None
) -> Response:
    """Return a response with a text file, which browsers save under a name."""
    own = {
        "Content-Type": f"{media_type}; charset=utf-8",
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    return Response(body=content, status_code=200, headers={**own, **(headers or {})})


def no_content(headers: dict[str, Any] | None = None) -> Response:
    """Return a response with status 204."""
    return Response(body="", status_code=204, headers=headers or {})


class ProblemResponse(Response):
    """An error as a response (RFC 9457).

    Args:
        error: a domain error or an error of the HTTP layer.
        cause: the exception behind it, for the log.
    """

    def __init__(self, error: AnyError, cause: BaseException | None = None) -> None:
        # It imports the errors of all domains, and a cold start rarely answers with one.
        from chalicelib.http.problems import problem_for

        document, headers = problem_for(error)
        super().__init__(
            body=msgspec.json.encode(document).decode(),
            status_code=document.status,
            headers={"Content-Type": PROBLEM_JSON, **headers},
        )
        self.cause = cause

    def show_as(self, page: Response) -> None:
        """Replace the document by a page. Status and headers such as Retry-After stay."""
        self.body = page.body
        self.headers |= page.headers


def conditional_response(request: Request, response: Response) -> Response:
    """Add an ETag; return status 304 if the client has this body already.

    That saves the client the bytes, but not us the work: the body was already built (RFC 9110,
    section 13).
    """
    body: Any = response.body
    content = body if isinstance(body, bytes) else body.encode()
    # Weak, because a proxy may compress the same content. A versioned response has a tag already.
    computed = f'W/"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
    tag = str(response.headers.get("ETag", computed))
    headers = {**response.headers, "ETag": tag}
    if response.status_code == 200 and _matches(request, tag):
        headers.pop("Content-Type", None)
        return Response(body="", status_code=304, headers=headers)
    return Response(body=body, status_code=response.status_code, headers=headers)


def _matches(request: Request, tag: str) -> bool:
    """Return whether If-None-Match names a tag, by weak comparison."""
    header: Any = request.headers.get("If-None-Match", "")
    known = {part.strip().removeprefix("W/") for part in header.split(",")}
    return "*" in known or tag.removeprefix("W/") in known
