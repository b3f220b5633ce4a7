"""Explains to candidates that an employer accepts no more applications of them for some time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.common.outages import store_errors
from chalicelib.recruiting.applications.errors import ApplicationLimitReached
from chalicelib.recruiting.postings.errors import PostingNotFound

if TYPE_CHECKING:
    from chalicelib.queue import GroupRateExceeded
    from chalicelib.recruiting.postings.repository import PostingRepository


def explain_limit(
    postings: PostingRepository, posting_id: str, refusal: GroupRateExceeded
) -> ApplicationLimitReached:
    """Return the refusal of the queue as the candidate reads it."""
    try:
        employer = postings.get(posting_id).employer
    except store_errors(PostingNotFound):
        employer = "The employer"
    rate = refusal.rate.rate
    applications = "application" if rate.count == 1 else "applications"
    # A minute has begun, so the candidate can apply when the next one begins.
    at = refusal.retry_at.replace(second=0, microsecond=0) + timedelta(minutes=1)
    return ApplicationLimitReached(
        f"{employer} accepts {rate.count} {applications} of one candidate in {rate.period}."
        f" You can apply again from {at.day} {at:%B %Y, %H:%M} UTC."
    )
