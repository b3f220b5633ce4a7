"""Check that each job and each lane is in exactly one place, and repair those that are not.

The scripts of the protocol ensure that in every step. Other causes break it: RQ's own
``Queue.enqueue``, which does not know the ring; keys edited by hand; a store that restarted without
its last writes. The schedule runs the reconciler for a short time; a pass may take several runs.
"""

from __future__ import annotations

import time
from contextlib import suppress
from functools import partial
from itertools import batched
from typing import TYPE_CHECKING, Any

import msgspec
from redis.cluster import RedisCluster
from redis.exceptions import OutOfMemoryError

from chalicelib.queue.scripts import RECONCILE_JOBS, RECONCILE_LANES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from chalicelib.queue.lanes import Lanes

# Redis serves nobody else while a script runs, so each call of one is for few jobs or lanes.
_PAGE = 100
_SCAN_COUNT = 1000
# The counts that the scripts return, in this order.
_JOB_COUNTS = (
    *("waiting", "leased", "delayed", "dead", "done", "elsewhere"),
    *("lost", "duplicated", "unscheduled"),
)
_LANE_COUNTS = ("unscheduled", "misplaced", "empty")


class ReconcileReport(
    msgspec.Struct,
    # The names under which an unfinished pass is stored in Redis.
    rename={"duplicated": "doubled", "unscheduled": "armed", "empty": "emptied"},
):
    """The jobs by location and the repairs of a pass.

    Args:
        waiting, leased, delayed: jobs in their lanes, by the state of the lane.
        dead, done: dead letters and finished jobs.
        elsewhere: jobs that RQ's own worker or tools hold.
        lost: repaired jobs that were in no place.
        duplicated: repaired jobs that were in two places.
        unscheduled: repaired lanes that had jobs and were not in the ring.
        misplaced: repaired lanes that were in two places.
        empty: removed lanes that had no jobs.
    """

    waiting: int = 0
    leased: int = 0
    delayed: int = 0
    dead: int = 0
    done: int = 0
    elsewhere: int = 0
    lost: int = 0
    duplicated: int = 0
    unscheduled: int = 0
    misplaced: int = 0
    empty: int = 0

    @property
    def jobs(self) -> int:
        """The number of jobs."""
        return self.waiting + self.leased + self.delayed + self.dead + self.done + self.elsewhere

    @property
    def repaired(self) -> int:
        """The number of repairs."""
        return self.lost + self.duplicated + self.unscheduled + self.misplaced + self.empty

    def add(self, names: Sequence[str], counts: Sequence[int]) -> None:
        """Add counts to the fields of these names."""
        for name, count in zip(names, counts, strict=True):
            setattr(self, name, getattr(self, name) + count)


class _Progress(msgspec.Struct):
    """The progress of a pass: the cursor of SCAN, and the report so far."""

    cursor: int = 0
    report: ReconcileReport = msgspec.field(default_factory=ReconcileReport, name="census")


class Reconciler:
    """The reconciler of the lanes of one kind in one shard."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes
        self._progress_key = lanes.keys.reconciler(lanes.kind)

    def run(self, seconds: float = 2.0) -> ReconcileReport | None:
        """Continue the pass for about this long.

        Each run checks all lanes first, because that is quick and a lane that is not in the ring is
        not served. The jobs may take several runs.

        Returns:
            The report, when the pass is complete, or None.
        """
        ends = time.monotonic() + seconds
        progress = self._load()
        for lanes in batched(self._all_lanes(), _PAGE):
            self._reconcile_lanes(lanes, progress.report)
        # A server scans the keys of all its shards, so most answers have few ids of this one.
        found: list[str] = []
        while True:
            progress.cursor, job_ids = self._scan(progress.cursor)
            found += job_ids
            is_time_up = time.monotonic() > ends
            if progress.cursor == 0 or is_time_up or len(found) >= _PAGE:
                for page in batched(found, _PAGE):
                    self._reconcile_jobs(page, progress.report)
                found.clear()
            if progress.cursor == 0:
                self._lanes.redis.delete(self._progress_key)
                return progress.report
            if is_time_up:
                encoded = msgspec.json.encode(progress)
                # Without memory for it in Redis the next run starts the pass again.
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
        # RQ stores the dependencies of a job under keys that start with the key of the job.
        job_ids = [key.decode()[start:] for key in found]
        return cursor, [job_id for job_id in job_ids if ":" not in job_id]

    def _reconcile_jobs(self, job_ids: Sequence[str], report: ReconcileReport) -> None:
        lanes = self._lanes
        limits = lanes.limits
        counts = RECONCILE_JOBS.run(
            lanes.redis,
            lanes.ring,
            *lanes.scope,
            limits.result_ttl,
            limits.dead_letter_ttl,
            *job_ids,
        )
        report.add(_JOB_COUNTS, counts)

    def _reconcile_lanes(self, names: Sequence[str], report: ReconcileReport) -> None:
        lanes = self._lanes
        counts = RECONCILE_LANES.run(lanes.redis, lanes.ring, *lanes.scope, *names)
        report.add(_LANE_COUNTS, counts)

    def _all_lanes(self) -> Iterator[str]:
        """Yield the lanes that RQ knows as queues, and those in the ring or delayed."""
        lanes = self._lanes
        queue_prefix = lanes.keys.queue(f"{lanes.kind}:")
        strip = len(lanes.keys.queue(""))
        for queue in lanes.redis.sscan_iter(
            lanes.keys.queues(), match=f"{queue_prefix}*", count=_SCAN_COUNT
        ):
            yield queue.decode()[strip:]
        for key in (lanes.ring, lanes.keys.delayed(lanes.kind)):
            for lane, _ in lanes.redis.zscan_iter(key, count=_SCAN_COUNT):
                yield lane.decode()


def _scanner(lanes: Lanes) -> Callable[[int, str], Any]:
    """Return a function that runs SCAN on the node of the shard."""
    redis = lanes.redis
    if not isinstance(redis, RedisCluster):
        return partial(_scan_hashes, redis)
    cluster: Any = redis
    connection = cluster.get_redis_connection(cluster.get_node_from_key(lanes.ring))
    return partial(_scan_hashes, connection)


def _scan_hashes(connection: Any, cursor: int, pattern: str) -> Any:
    return connection.scan(cursor, match=pattern, count=_SCAN_COUNT, _type="hash")
