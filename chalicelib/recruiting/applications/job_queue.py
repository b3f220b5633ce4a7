"""Taking jobs into candidates' lanes, and telling candidates why one was not taken."""

from __future__ import annotations

from datetime import UTC, datetime
from math import ceil
from typing import TYPE_CHECKING

from chalicelib.common.errors import DomainError, TooManyRequests
from chalicelib.queue import (
    AcceptRequest,
    GateClosed,
    IdempotencyKeyConflict,
    JobNotAccepted,
    LaneFull,
    RateLimitExceeded,
    UnknownGate,
)
from chalicelib.recruiting.applications.errors import IdempotencyKeyReused
from chalicelib.recruiting.applications.rate_wording import in_words
from chalicelib.recruiting.postings.errors import PostingClosed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.http.idempotency import Idempotency
    from chalicelib.queue import AcceptedJob, DeduplicationRelease, NewJob, Rate, Shards, Waker

FULL_LANE_RETRY_SECONDS = 5


class ApplicationJobQueue:
    """Accepts jobs: one round trip to Redis each, and a drain woken if one is wanted."""

    def __init__(self, lanes: Shards, waker: Waker) -> None:
        self._lanes = lanes
        self._waker = waker

    def accept(
        self,
        candidate_id: str,
        job: NewJob,
        idempotency: Idempotency | None,
        *,
        gate: str | None = None,
        deduplication_key: str | None = None,
        releases: DeduplicationRelease | None = None,
        replaces: bytes = b"",
    ) -> AcceptedJob:
        """Take a job into a candidate's lane; see ``chalicelib.queue.AcceptRequest``.

        Raises:
            UnknownGate: the queue does not know the gate.
            PostingClosed, IdempotencyKeyReused, TooManyRequests: nothing was accepted.
            redis.exceptions.RedisError: try again.
        """
        lanes = self._lanes.of(candidate_id)
        try:
            accepted = lanes.accept(
                AcceptRequest(
                    candidate_id,
                    job,
                    gate=gate,
                    deduplication_key=deduplication_key,
                    idempotency_key=idempotency.key if idempotency else None,
                    fingerprint=idempotency.fingerprint if idempotency else "-",
                    releases=releases,
                    replaces=replaces,
                )
            )
        except UnknownGate:
            raise
        except JobNotAccepted as refused:
            if isinstance(refused, LaneFull) and refused.wake:
                # It is full because nobody serves it, and this caller is the one to notice.
                self._waker.wake(refused.wake)
            raise _domain_error(refused, lanes.limits.rates) from refused
        if accepted.wake:
            self._waker.wake(accepted.wake)
        return accepted


def _domain_error(refused: JobNotAccepted, rates: Sequence[Rate]) -> DomainError:
    """Return the error for a job that the queue did not accept."""
    match refused:
        case GateClosed(closed_at=closed_at):
            return PostingClosed(f"It closed at {closed_at.isoformat()}.")
        case IdempotencyKeyConflict():
            return IdempotencyKeyReused("Choose a new key for a new request.")
        case RateLimitExceeded(retry_at=retry_at):
            seconds = ceil((retry_at - datetime.now(UTC)).total_seconds())
            return TooManyRequests(f"We take at most {in_words(rates)}.", retry_after=seconds)
        case _:  # LaneFull: there is no other.
            return TooManyRequests(
                "Your earlier applications are still on their way.", FULL_LANE_RETRY_SECONDS
            )
