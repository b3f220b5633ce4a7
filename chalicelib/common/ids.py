"""Identifiers of accounts, postings and applications."""

from __future__ import annotations

import secrets
import time
import uuid


def new_id() -> str:
    """A UUID version 7 (RFC 9562): in the order of time, and not to be guessed."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | secrets.randbits(80)
    value = value & ~(0xF << 76) | (0x7 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    return str(uuid.UUID(int=value))


def is_id(text: str) -> bool:
    """Whether a text from outside has the form of an identifier."""
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
