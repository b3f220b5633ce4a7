"""The If-Match header (RFC 9110, section 13.1.1): change a document only if it is as last read.

The entity tag of a document is its version in quotes, such as ``"3"``. The body names the version
too, so a client can do without the ETag header.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from chalicelib.common.versions import ExpectedVersions
from chalicelib.http.errors import PreconditionRequired
from chalicelib.http.responses import json_response

if TYPE_CHECKING:
    from chalice import Response
    from chalice.app import Request

HEADER = "If-Match"
# A proxy that compresses a response makes its tag weak. The version is the same, so a weak tag is
# accepted, although the RFC compares strong tags only. More digits than MongoDB stores match none.
_TAG = re.compile(r'(?:W/)?"([0-9]{1,18})"', re.ASCII)


def read_expected_versions(request: Request, *, optional: bool = False) -> ExpectedVersions:
    """Return the versions that the If-Match header names. Tags of another form match nothing.

    Args:
        request: the request.
        optional: whether a request without the header is for any version.

    Raises:
        PreconditionRequired: the request has no such header.
    """
    headers: Any = request.headers
    text = headers.get(HEADER)
    if text is None and optional:
        return ExpectedVersions(None)
    if text is None:
        raise PreconditionRequired(
            'Send the version that you have read as If-Match, for example If-Match: "3".'
        )
    tags = [tag.strip(" \t") for tag in text.split(",")]
    if tags == ["*"]:
        return ExpectedVersions(None)
    matches = map(_TAG.fullmatch, tags)
    return ExpectedVersions(frozenset(int(match[1]) for match in matches if match))


def versioned_response(body: Any, version: int) -> Response:
    """Return a response whose ETag is the version of the document in its body."""
    return json_response(body, headers={"ETag": f'"{version}"'})
