"""Dead letters: jobs in RQ's failed registries. List, redrive and discard them."""

from __future__ import annotations

import base64
import time
import zlib
from datetime import UTC, datetime
from itertools import batched
from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.queue.scripts import DISCARD, REDRIVE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.queue.lanes import Lanes
    from chalicelib.queue.models import Wake

# Redis serves nobody else while a script runs, so each call of one is for few jobs.
_PAGE = 200
# Dead letters are discarded after this part of their lifetime, days before they expire.
_KEPT_PART = 0.99


class DeadLetter(msgspec.Struct, frozen=True):
    """A job that failed for good, with the time and the text of its last error."""

    id: str
    lane: str
    description: str
    died_at: datetime
    error: str


class DeadLetters:
    """The dead letters of the lanes of one kind in one shard."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes
        self._index = lanes.keys.dead(lanes.kind)

    def count(self) -> int:
        """Return the number of dead letters."""
        return int(self._lanes.redis.zcard(self._index))

    def newest(self, start: int = 0, limit: int = 100) -> list[DeadLetter]:
        """Return dead letters, newest first, at most ``limit`` from index ``start`` on."""
        redis, keys = self._lanes.redis, self._lanes.keys
        found = redis.zrevrange(self._index, start, start + limit - 1, withscores=True)
        with redis.pipeline(transaction=False) as pipe:
            for job_id, _ in found:
                pipe.hmget(keys.job(job_id.decode()), "origin", "description")
                pipe.xrevrange(keys.results(job_id.decode()), count=1)
            replies = iter(pipe.execute())
        return [
            DeadLetter(
                id=job_id.decode(),
                lane=(lane or b"").decode(),
                description=(description or b"").decode(),
                died_at=datetime.fromtimestamp(died_ms / 1000, tz=UTC),
                error=_error(results),
            )
            for (job_id, died_ms), (lane, description), results in zip(
                found, replies, replies, strict=True
            )
        ]

    def redrive(self, job_ids: Sequence[str]) -> tuple[int, tuple[Wake, ...]]:
        """Return dead letters to the ends of their lanes, with all their attempts.

        Returns:
            How many were redriven, and drains to be woken for them.
        """
        lanes = self._lanes
        total = 0
        wakes: tuple[Wake, ...] = ()
        for page in batched(job_ids, _PAGE):
            wake = lanes.new_drain()
            is_registered, redriven = REDRIVE.run(
                lanes.redis, lanes.ring, *lanes.scope, *lanes.drain_arguments(wake), *page
            )
            total += redriven
            if is_registered:
                wakes += (wake,)
        return total, wakes

    def discard(self, job_ids: Sequence[str]) -> int:
        """Delete dead letters for good. Returns how many were deleted."""
        lanes = self._lanes
        return sum(
            DISCARD.run(lanes.redis, lanes.ring, *lanes.scope, *page)
            for page in batched(job_ids, _PAGE)
        )

    def discard_expiring(self, most: int = 1000) -> int:
        """Discard dead letters shortly before Redis forgets them, so that their removal is logged.

        Args:
            most: discard at most this many.

        Returns:
            How many were discarded.
        """
        lifetime = self._lanes.limits.dead_letter_ttl * _KEPT_PART
        latest_ms = (time.time() - lifetime) * 1000
        found = self._lanes.redis.zrangebyscore(self._index, "-inf", latest_ms, 0, most)
        return self.discard([job_id.decode() for job_id in found])

    def redrive_all(self) -> tuple[int, tuple[Wake, ...]]:
        """Redrive all present dead letters, in the order in which they died.

        Returns:
            The same as ``redrive``.
        """
        return self.redrive(self._all_ids())

    def discard_all(self) -> int:
        """Discard all present dead letters. Returns how many were deleted."""
        return self.discard(self._all_ids())

    def _all_ids(self) -> list[str]:
        return [job_id.decode() for job_id in self._lanes.redis.zrange(self._index, 0, -1)]


def _error(results: list[Any]) -> str:
    """Return the error text of RQ's newest result of a job (rq.results.Result)."""
    for _, fields in results:
        text = fields.get(b"exc_string")
        if text:
            return zlib.decompress(base64.b64decode(text)).decode()
    return ""
