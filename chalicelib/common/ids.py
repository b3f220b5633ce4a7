"""Ids of accounts, postings and applications, and idempotency keys."""

from __future__ import annotations

import os
import re
import time
from datetime import UTC, datetime

import msgspec

from chalicelib.common.errors import InvalidField

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def new_id() -> str:
    """Return a UUID version 7 (RFC 9562): sortable by time, and hard to guess."""
    time_digits = f"{time.time_ns() // 1_000_000:012x}"
    chance = os.urandom(10)
    digits = chance.hex()
    variant = "89ab"[chance[9] & 3]
    return (
        f"{time_digits[:8]}-{time_digits[8:]}-7{digits[:3]}-{variant}{digits[3:6]}-{digits[6:18]}"
    )


def id_time(one: str) -> datetime:
    """Return the time in an id: when it was made."""
    return datetime.fromtimestamp(int(one.replace("-", "")[:12], 16) / 1000, tz=UTC)


def least_id_at(at: datetime) -> str:
    """Return a text that is smaller than every id that was made at a time or later."""
    digits = f"{max(0, round(at.timestamp() * 1000)):012x}"
    return f"{digits[:8]}-{digits[8:]}"


def is_id(text: str) -> bool:
    """Return whether a text from outside has the form of an id."""
    return _ID.fullmatch(text) is not None


def id_after(prefix: str, text: str) -> str | None:
    """Return the id that follows a prefix in a text, or None if the text is something else."""
    one = text.removeprefix(prefix)
    return one if text.startswith(prefix) and is_id(one) else None


def check_cursor(cursor: str) -> None:
    """Check the cursor of a list that continues behind an id. An empty one begins the list.

    Raises:
        InvalidField: the cursor is not an id.
    """
    if cursor and not is_id(cursor):
        raise InvalidField("cursor", "Use the 'next' of an earlier page")


class IdempotencyKey(msgspec.Struct, frozen=True):
    """A key that a client chose for one request.

    Args:
        key: the key.
        fingerprint: a digest of the request. It distinguishes a repeated request from another one.
    """

    key: str
    fingerprint: str
