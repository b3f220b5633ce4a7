"""Proves from the keys alone that each job is in exactly one place, and mends what is not.

The scripts keep that in every step. What breaks it comes from outside: jobs queued by RQ's own
``Queue.enqueue``, which knows no ring; hands in the keys; a store that came back without its last
writes. Run by the schedule, each time for a short while; a pass may take several runs.
"""

from __future__ import annotations

import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from redis.cluster import RedisCluster
from redis.exceptions import OutOfMemoryError

from chalicelib.queue.scripts import MEND_JOBS, MEND_LANES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chalicelib.queue.lanes import Lanes

_PAGE = 100
_OF_JOBS = (
    *("waiting", "leased", "delayed", "dead", "done", "elsewhere"),
    *("lost", "doubled", "armed"),
)
_SCAN = 1000


class Census(msgspec.Struct):
    """How many jobs a pass found where, and what it mended.

    ``elsewhere`` are jobs that RQ's own worker or tools hold. Of what was mended: ``lost`` jobs
    were in no place, ``doubled`` in two; ``armed`` lanes had jobs and no turn, ``misplaced`` ones
    two places, ``emptied`` ones a turn and no jobs.
    """

    waiting: int = 0
    leased: int = 0
    delayed: int = 0
    dead: int = 0
    done: int = 0
    elsewhere: int = 0
    lost: int = 0
    doubled: int = 0
    armed: int = 0
    misplaced: int = 0
    emptied: int = 0

    @property
    def jobs(self) -> int:
        """All jobs that were found."""
        return self.waiting + self.leased + self.delayed + self.dead + self.done + self.elsewhere

    @property
    def mended(self) -> int:
        """How much was not as it must be."""
        return self.lost + self.doubled + self.armed + self.misplaced + self.emptied


class _Progress(msgspec.Struct):
    """How far a pass has come: the cursor of SCAN, and what it found."""

    cursor: int = 0
    census: Census = msgspec.field(default_factory=Census)


class Reconciler:
    """The reconciler of the lanes of one kind in one shard."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes
        self._scope = (lanes.keys.prefix, lanes.kind)
        self._progress_key = lanes.keys.reconciler(lanes.kind)

    def run(self, seconds: float = 2.0) -> Census | None:
        """Go on with the pass for about this long.

        All lanes are looked at in each run, first, since what they are is quickly known and a lane
        without a turn waits. The jobs may take several runs.

        Returns:
            What the pass found, once it is complete; None if it is not yet.
        """
        ends = time.monotonic() + seconds
        progress = self._load()
        self._lanes_in_their_places(progress.census)
        while True:
            progress.cursor, job_ids = self._scan(progress.cursor)
            for start in range(0, len(job_ids), _PAGE):
                self._jobs_in_their_places(job_ids[start : start + _PAGE], progress.census)
            if progress.cursor == 0:
                self._lanes.redis.delete(self._progress_key)
                return progress.census
            if time.monotonic() > ends:
                encoded = msgspec.json.encode(progress)
                # Without room for it the next run begins anew.
                with suppress(OutOfMemoryError):
                    self._lanes.redis.set(self._progress_key, encoded, ex=60 * 60)
                return None

    def _load(self) -> _Progress:
        stored = self._lanes.redis.get(self._progress_key)
        try:
            return msgspec.json.decode(stored, type=_Progress) if stored else _Progress()
        except msgspec.MsgspecError:
            return _Progress()

    def _scan(self, cursor: int) -> tuple[int, list[str]]:
        pattern = f"{self._lanes.keys.prefix}:job:*"
        scan = _scanner(self._lanes)
        cursor, found = scan(cursor, pattern)
        start = len(pattern) - 1
        # RQ keeps what waits for a job, and for what a job waits, under the job's own name.
        job_ids = [key.decode()[start:] for key in found]
        return cursor, [job_id for job_id in job_ids if ":" not in job_id]

    def _jobs_in_their_places(self, job_ids: list[str], census: Census) -> None:
        limits = self._lanes.limits
        counts = MEND_JOBS(
            self._lanes.redis,
            self._lanes.ring,
            *self._scope,
            limits.result_kept,
            limits.dead_letter_kept,
            *job_ids,
        )
        _add(census, _OF_JOBS, counts)

    def _lanes_in_their_places(self, census: Census) -> None:
        page: list[str] = []
        for lane in self._all_lanes():
            page.append(lane)
            if len(page) == _PAGE:
                self._mend_lanes(page, census)
                page = []
        if page:
            self._mend_lanes(page, census)

    def _mend_lanes(self, lanes: list[str], census: Census) -> None:
        counts = MEND_LANES(self._lanes.redis, self._lanes.ring, *self._scope, *lanes)
        _add(census, ("armed", "misplaced", "emptied"), counts)

    def _all_lanes(self) -> Iterator[str]:
        """The lanes that RQ knows as queues, and those that have a place among ours."""
        lanes = self._lanes
        queue_prefix = lanes.keys.queue(f"{lanes.kind}:")
        strip = len(lanes.keys.queue(""))
        for queue in lanes.redis.sscan_iter(
            lanes.keys.queues(), match=f"{queue_prefix}*", count=_SCAN
        ):
            yield queue.decode()[strip:]
        for places in (lanes.ring, lanes.keys.delayed(lanes.kind)):
            for lane, _ in lanes.redis.zscan_iter(places, count=_SCAN):
                yield lane.decode()


def _scanner(lanes: Lanes) -> Callable[[int, str], Any]:
    """SCAN on the node that holds the shard."""
    redis = lanes.redis
    if not isinstance(redis, RedisCluster):
        return partial(_scan_hashes, redis)
    cluster: Any = redis
    connection = cluster.get_redis_connection(cluster.get_node_from_key(lanes.ring))
    return partial(_scan_hashes, connection)


def _scan_hashes(connection: Any, cursor: int, pattern: str) -> Any:
    return connection.scan(cursor, match=pattern, count=_SCAN, _type="hash")


def _add(census: Census, names: tuple[str, ...], counts: list[int]) -> None:
    for name, count in zip(names, counts, strict=True):
        setattr(census, name, getattr(census, name) + count)
