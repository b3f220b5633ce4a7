"""The Idempotency-Key header (IETF draft "The Idempotency-Key HTTP Header Field")."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.errors import InvalidKey

if TYPE_CHECKING:
    from chalice.app import Request

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


class Idempotency(msgspec.Struct, frozen=True):
    """A key that the client chose for one request, and the fingerprint of that request."""

    key: str
    fingerprint: str


def idempotency(request: Request) -> Idempotency | None:
    """The key of a request, if it has one.

    The draft writes the key as a quoted string; most clients send it plainly. Both are read.

    Raises:
        InvalidKey: it is empty, longer than 255 characters, or has spaces or more than ASCII.
    """
    headers: Any = request.headers
    text = headers.get(HEADER)
    if text is None:
        return None
    key = text.strip()
    if len(key) >= 2 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not _KEY.fullmatch(key):
        raise InvalidKey("It has 1 to 255 visible ASCII characters.")
    # Chalice's path is the route's pattern; what stands in its place is in uri_params.
    asked: Any = (request.method, request.path, sorted((request.uri_params or {}).items()))
    body: Any = request.raw_body
    fingerprint = hashlib.blake2b(msgspec.json.encode(asked) + body, digest_size=16)
    return Idempotency(key, fingerprint.hexdigest())
