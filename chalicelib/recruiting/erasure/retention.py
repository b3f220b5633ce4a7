"""Rules of retention: when an application has been decided on, and when it is erased."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.recruiting.postings.stages import StageKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.recruiting.pipeline.postings import PostingPipeline

# Owners are told this long before the first application of a batch is erased.
NOTICE = timedelta(days=14)
# A batch has the applications of this time.
BATCH = timedelta(days=7)


def decided_at(
    document: Mapping[str, Any], pipeline: PostingPipeline, closed_at: datetime | None
) -> datetime | None:
    """Return when an application was decided on; None for one that retention never erases.

    Args:
        document: the application.
        pipeline: its posting.
        closed_at: when the posting closed; None if it takes applications.
    """
    if "withdrawn_at" in document:
        at: datetime = document["withdrawn_at"]
        return at
    kind = pipeline.kind_of(document["stage"])
    entered_at: datetime = document["entered_at"]
    if kind is StageKind.HIRED:
        return None
    if kind is StageKind.REJECTED:
        return entered_at
    # Somebody who was moved after the posting closed is still being considered.
    return max(closed_at, entered_at) if closed_at else None


def closing_time(posting: Mapping[str, Any], now: datetime) -> datetime | None:
    """Return when a posting closed, or None if it takes applications or is a draft."""
    if posting.get("state") == "closed":
        closed_at: datetime = posting["closed_at"]
        return closed_at
    closes_at: datetime | None = posting.get("closes_at")
    return closes_at if closes_at and closes_at <= now else None
