"""What receipts claim about applications and accepted logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from chalicelib.recruiting.applications.models import ContentHashes, TreeHead

if TYPE_CHECKING:
    from datetime import datetime


class ReceiptClaims(msgspec.Struct, frozen=True, omit_defaults=True):
    """The claims of a receipt. What has its default is not claimed.

    Args:
        iss: the public URL of the installation.
        jti: the id of the application.
        sub: the id of the candidate.
        posting: the id of the posting.
        accepted_at: when the application was accepted, in milliseconds since 1970.
        log: the name of the accepted log of the posting.
        sequence: the number of the entry in that log, from 1.
        revision: which revision of the application has the content.
        hashes: the hashes of the content.
        head: the newest published head of the log.
    """

    iss: str
    jti: str
    sub: str
    posting: str
    accepted_at: int
    log: str = ""
    sequence: int = 0
    revision: int = 0
    hashes: ContentHashes | None = None
    head: TreeHead | None = None


class AcceptedApplication(NamedTuple):
    """An application as receipts describe it.

    Args:
        id: its id.
        candidate_id: its candidate.
        posting_id: its posting.
        accepted_at: when it was accepted.
        content: the hashes of its content; None if that is not stored.
        revision: which revision has this content.
    """

    id: str
    candidate_id: str
    posting_id: str
    accepted_at: datetime
    content: ContentHashes | None
    revision: int = 1


def encode_head(head: TreeHead) -> str:
    """Return a head as the queue keeps it."""
    return f"{head.size}:{head.root}"


def decode_head(text: str) -> TreeHead | None:
    """Return a head that the queue kept; None for an empty text."""
    if not text:
        return None
    size, _, root = text.partition(":")
    return TreeHead(int(size), root)


def to_milliseconds(at: datetime) -> int:
    """Return a time in milliseconds since 1970."""
    return round(at.timestamp() * 1000)
