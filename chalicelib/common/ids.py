"""Ids of accounts, postings and applications, and idempotency keys."""

from __future__ import annotations

import secrets
import time
import uuid

import msgspec


def new_id() -> str:
    """Return a UUID version 7 (RFC 9562): sortable by time, and hard to guess."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | secrets.randbits(80)
    value = value & ~(0xF << 76) | (0x7 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    return str(uuid.UUID(int=value))


def is_id(text: str) -> bool:
    """Return whether a text from outside has the form of an id."""
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


class IdempotencyKey(msgspec.Struct, frozen=True):
    """A key that a client chose for one request.

    Args:
        key: the key.
        fingerprint: a digest of the request. It distinguishes a repeated request from another one.
    """

    key: str
    fingerprint: str
