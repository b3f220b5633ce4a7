"""Dead letters: jobs that were given up, in RQ's failed registries. See, redrive, discard them."""

from __future__ import annotations

import base64
import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.queue.lanes import Wake
from chalicelib.queue.scripts import DISCARD, REDRIVE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.queue.lanes import Lanes

_PAGE = 500


class DeadLetter(msgspec.Struct, frozen=True):
    """A job that was given up, when, and why."""

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
        """How many there are."""
        return int(self._lanes.redis.zcard(self._index))

    def newest(self, start: int = 0, most: int = 100) -> list[DeadLetter]:
        """Dead letters, newest first, ``most`` of them from number ``start`` on."""
        redis, keys = self._lanes.redis, self._lanes.keys
        found = redis.zrevrange(self._index, start, start + most - 1, withscores=True)
        with redis.pipeline(transaction=False) as pipe:
            for job_id, _ in found:
                pipe.hmget(keys.job(job_id.decode()), "origin", "description")
                pipe.xrevrange(keys.results(job_id.decode()), count=1)
            replies = iter(pipe.execute())
        letters = []
        for (job_id, died_ms), (lane, description), results in zip(
            found, replies, replies, strict=True
        ):
            letters.append(
                DeadLetter(
                    id=job_id.decode(),
                    lane=(lane or b"").decode(),
                    description=(description or b"").decode(),
                    died_at=datetime.fromtimestamp(died_ms / 1000, tz=UTC),
                    error=_error(results),
                )
            )
        return letters

    def redrive(self, job_ids: Sequence[str]) -> tuple[int, tuple[Wake, ...]]:
        """Give dead letters another five attempts, at the ends of their lanes.

        Returns:
            How many were, and drains to be woken for them.
        """
        lanes = self._lanes
        wake = lanes.new_drain()
        limits = lanes.limits
        wanted, redriven = REDRIVE(
            lanes.redis,
            lanes.ring,
            lanes.keys.prefix,
            lanes.kind,
            wake.drain_id,
            limits.drains,
            limits.lanes_per_drain,
            round(limits.start_grace * 1000),
            *job_ids,
        )
        return redriven, (wake,) if wanted else ()

    def discard(self, job_ids: Sequence[str]) -> int:
        """Delete dead letters for good. Returns how many were."""
        lanes = self._lanes
        return int(DISCARD(lanes.redis, lanes.ring, lanes.keys.prefix, lanes.kind, *job_ids))

    def redrive_all(self) -> tuple[int, tuple[Wake, ...]]:
        """Redrive all that are dead now, in the order in which they died.

        Returns:
            The same as ``redrive``.
        """
        total = 0
        wakes: tuple[Wake, ...] = ()
        for page in self._pages():
            redriven, wanted = self.redrive(page)
            total += redriven
            wakes += wanted
        return total, wakes

    def discard_all(self) -> int:
        """Discard all that are dead now. Returns how many were."""
        return sum(self.discard(page) for page in self._pages())

    def _pages(self) -> list[list[str]]:
        # Read before the first is touched, so that what dies meanwhile is left alone.
        ids = [job_id.decode() for job_id in self._lanes.redis.zrange(self._index, 0, -1)]
        return [ids[start : start + _PAGE] for start in range(0, len(ids), _PAGE)]


def _error(results: list[Any]) -> str:
    """The text of RQ's newest result of a job (rq.results.Result)."""
    for _, fields in results:
        text = fields.get(b"exc_string")
        if text:
            return zlib.decompress(base64.b64decode(text)).decode()
    return ""
