"""Taking jobs into candidates' lanes, and telling candidates why one was not taken."""

from __future__ import annotations

from datetime import UTC, datetime
from math import ceil
from typing import TYPE_CHECKING

from chalicelib.common.errors import DomainError, TooManyRequests
from chalicelib.queue import ClosedGate, LaneFull, NotAccepted, RateExceeded, UnknownGate
from chalicelib.queue import KeyReused as LanesKeyReused
from chalicelib.recruiting.applications.errors import IdempotencyKeyReused
from chalicelib.recruiting.applications.rate_wording import in_words
from chalicelib.recruiting.postings.errors import PostingClosed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chalicelib.http.idempotency import Idempotency
    from chalicelib.queue import Accepted, NewJob, Rate, Shards, Taken, Wake

FULL_LANE_RETRY_SECONDS = 5


class ApplicationJobQueue:
    """Accepts jobs: one round trip to Redis each, and a drain woken if one is wanted."""

    def __init__(self, lanes: Shards, wake: Callable[[Wake], None]) -> None:
        self._lanes = lanes
        self._wake = wake

    def accept(
        self,
        candidate_id: str,
        job: NewJob,
        idempotency: Idempotency | None,
        *,
        gate: str | None = None,
        once: str | None = None,
        frees: Taken | None = None,
        replaces: bytes = b"",
    ) -> Accepted:
        """Take a job into a candidate's lane; see ``chalicelib.queue.Request``.

        Raises:
            UnknownGate: the queue does not know the gate.
            PostingClosed, IdempotencyKeyReused, TooManyRequests: nothing was accepted.
            redis.exceptions.RedisError: try again.
        """
        lanes = self._lanes.of(candidate_id)
        try:
            accepted = lanes.accept(
                candidate_id,
                job,
                gate=gate,
                once=once,
                key=idempotency.key if idempotency else None,
                fingerprint=idempotency.fingerprint if idempotency else "-",
                frees=frees,
                replaces=replaces,
            )
        except UnknownGate:
            raise
        except NotAccepted as refused:
            if isinstance(refused, LaneFull) and refused.wake:
                # It is full because nobody serves it, and this caller is the one to notice.
                self._wake(refused.wake)
            raise _domain_error(refused, lanes.limits.rates) from refused
        if accepted.wake:
            self._wake(accepted.wake)
        return accepted


def _domain_error(refused: NotAccepted, rates: Sequence[Rate]) -> DomainError:
    """Return the error for a job that the queue did not accept."""
    match refused:
        case ClosedGate(closed_at=closed_at):
            return PostingClosed(f"It closed at {closed_at.isoformat()}.")
        case LanesKeyReused():
            return IdempotencyKeyReused("Choose a new key for a new request.")
        case RateExceeded(again_at=again_at):
            seconds = ceil((again_at - datetime.now(UTC)).total_seconds())
            return TooManyRequests(f"We take at most {in_words(rates)}.", retry_after=seconds)
        case _:  # LaneFull: there is no other.
            return TooManyRequests(
                "Your earlier applications are still on their way.", FULL_LANE_RETRY_SECONDS
            )
