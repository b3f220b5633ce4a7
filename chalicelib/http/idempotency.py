"""The Idempotency-Key header (IETF draft "The Idempotency-Key HTTP Header Field")."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.http.errors import InvalidIdempotencyKey

if TYPE_CHECKING:
    from chalice.app import Request

HEADER = "Idempotency-Key"
LONGEST = 255
# A string of structured fields (RFC 9651): printable ASCII, of which two are escaped.
_STRING = re.compile(r'"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')
_ESCAPED = re.compile(r'\\(["\\])')
_BARE = re.compile(r"[\x21\x23-\x7e]+")


class Idempotency(msgspec.Struct, frozen=True):
    """A key that the client chose for one request, and the fingerprint of that request."""

    key: str
    fingerprint: str


def idempotency(request: Request) -> Idempotency | None:
    """The key of a request, if it has one.

    Raises:
        InvalidIdempotencyKey: it has the header, and in it is no key.
    """
    headers: Any = request.headers
    text = headers.get(HEADER)
    if text is None:
        return None
    key = read_key(text)
    # Chalice's path is the route's pattern; what stands in its place is in uri_params.
    asked: Any = (request.method, request.path, sorted((request.uri_params or {}).items()))
    body: Any = request.raw_body
    fingerprint = hashlib.blake2b(msgspec.json.encode(asked) + body, digest_size=16)
    return Idempotency(key, fingerprint.hexdigest())


def read_key(text: str) -> str:
    """The key in the header's text.

    The draft writes it as a quoted string; most clients send it plainly. Both are read, and both
    mean the same key.

    Raises:
        InvalidIdempotencyKey: it is empty or too long, has more than ASCII, or is quoted wrongly.
    """
    # The white space of HTTP only: str.strip() takes others from the ends, which are no ASCII.
    text = text.strip(" \t")
    if not text:
        raise InvalidIdempotencyKey("It is empty: send a key, or leave the header out.")
    if text.startswith('"'):
        quoted = _STRING.fullmatch(text)
        if quoted is None:
            raise InvalidIdempotencyKey(
                "A quoted key ends with its second quote, and is printable ASCII."
            )
        key = _ESCAPED.sub(r"\1", quoted[1])
    elif _BARE.fullmatch(text):
        key = text
    else:
        raise InvalidIdempotencyKey(
            "Without quotes it has visible ASCII characters only, and no quote."
        )
    if not 1 <= len(key) <= LONGEST:
        raise InvalidIdempotencyKey(f"It has 1 to {LONGEST} characters.")
    return key
