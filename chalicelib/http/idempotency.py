"""The Idempotency-Key header (IETF draft "The Idempotency-Key HTTP Header Field")."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.common.ids import IdempotencyKey
from chalicelib.http.errors import InvalidIdempotencyKey

if TYPE_CHECKING:
    from chalice.app import Request

HEADER = "Idempotency-Key"
MAX_LENGTH = 255
# A string of structured fields (RFC 9651): printable ASCII, in which two characters are escaped.
_QUOTED = re.compile(r'"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')
_ESCAPED = re.compile(r'\\(["\\])')
_BARE = re.compile(r"[\x21\x23-\x7e]+")


def read_idempotency_key(request: Request) -> IdempotencyKey | None:
    """Return the idempotency key of a request, or None if it has no such header.

    Raises:
        InvalidIdempotencyKey: the header holds no valid key.
    """
    headers: Any = request.headers
    text = headers.get(HEADER)
    if text is None:
        return None
    key = parse_key(text)
    # Chalice's path is the pattern of the route; the values of its parameters are in uri_params.
    parts: Any = (request.method, request.path, sorted((request.uri_params or {}).items()))
    body: Any = request.raw_body
    fingerprint = hashlib.blake2b(msgspec.json.encode(parts) + body, digest_size=16)
    return IdempotencyKey(key, fingerprint.hexdigest())


def parse_key(text: str) -> str:
    """Return the key in the text of the header.

    The draft requires a quoted string, and most clients send the bare key. Both forms are accepted
    and mean the same key.

    Raises:
        InvalidIdempotencyKey: the key is empty, too long, not ASCII, or quoted incorrectly.
    """
    # HTTP allows only these two as white space; str.strip() would remove others as well.
    text = text.strip(" \t")
    if not text:
        raise InvalidIdempotencyKey("The key is empty. Send a key, or leave the header out.")
    if text.startswith('"'):
        quoted = _QUOTED.fullmatch(text)
        if quoted is None:
            raise InvalidIdempotencyKey(
                "A quoted key has only printable ASCII characters and ends with a quote."
            )
        key = _ESCAPED.sub(r"\1", quoted[1])
    elif _BARE.fullmatch(text):
        key = text
    else:
        raise InvalidIdempotencyKey(
            "A key without quotes has only visible ASCII characters, and no quote among them."
        )
    if not 1 <= len(key) <= MAX_LENGTH:
        raise InvalidIdempotencyKey(f"A key has 1 to {MAX_LENGTH} characters.")
    return key
