"""JobEraser: deletes some jobs of a lane for good, wherever they are."""

from __future__ import annotations

from itertools import batched
from typing import TYPE_CHECKING

from chalicelib.queue.owner_calls import execute_for_owner
from chalicelib.queue.replies import decode_names
from chalicelib.queue.scripts import ERASE_JOBS

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.queue.lanes import Lanes
    from chalicelib.queue.rq.job import ClaimedJob

_PAGE = 200


class JobEraser:
    """Deletes jobs of the lanes of one kind in one shard."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes

    def erase(self, owner: str, is_erased: Callable[[ClaimedJob, bool], bool]) -> int:
        """Delete jobs of an owner. Return how many there were.

        Args:
            owner: the owner of the lane.
            is_erased: tells whether to delete a job; gets the job, and whether it waits.
        """
        lanes, erased = self._lanes, 0
        lane = lanes.lane_name(owner)
        waiting, others = self._read(lane)
        for page in batched(dict.fromkeys((*waiting, *others)), _PAGE):
            found = [one.job for one in lanes.find_many(page) if one]
            ids = [job.id for job in found if is_erased(job, job.id in waiting)]
            if ids:
                scope = lanes.owner_scope
                erased += int(ERASE_JOBS.run(lanes.redis, lanes.ring, *scope, lane, *ids))
        return erased

    def _read(self, lane: str) -> tuple[frozenset[str], tuple[str, ...]]:
        """Return the ids of the waiting jobs of a lane, and of the dead and finished ones."""
        keys = self._lanes.keys
        with self._lanes.redis.pipeline(transaction=False) as pipe:
            # The waiting ones twice, because a job moves from there and, by a redrive, back.
            pipe.lrange(keys.queue(lane), 0, -1)
            pipe.zrange(keys.finished(lane), 0, -1)
            pipe.zrange(keys.failed(lane), 0, -1)
            pipe.lrange(keys.queue(lane), 0, -1)
            answers = execute_for_owner(self._lanes, pipe)
            first, finished, dead, waiting = map(decode_names, answers)
        return frozenset(waiting), (*first, *finished, *dead)
