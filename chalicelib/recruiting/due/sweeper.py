"""Queues the work that is due.

A job is accepted before its item is removed, and its id is derived from the item. So the next sweep
completes one that was killed, and two sweeps at the same time queue a job once.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.common import times
from chalicelib.queue import AcceptedJob, AcceptRequest, LaneFull

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.queue import NewJob, Shards, Waker
    from chalicelib.recruiting.due.repository import DueItem, DueRepository

_PAGE = 200


@dataclass(frozen=True, slots=True)
class DueQueue:
    """Where the work of one kind goes.

    Args:
        lanes: the lanes that get its jobs.
        make_job: returns the job of an item. Its id depends on the item only.
    """

    lanes: Shards
    make_job: Callable[[DueItem], NewJob]


class DueSweeper:
    """Queues due work.

    Args:
        items: the items.
        queues: where the work of each kind goes.
        waker: wakes drains.
    """

    def __init__(self, items: DueRepository, queues: Mapping[str, DueQueue], waker: Waker) -> None:
        self._items = items
        self._queues = queues
        self._waker = waker

    def sweep(self, seconds: float) -> int:
        """Queue the work that is due, for at most some seconds. Return how many jobs there were."""
        deadline = time.monotonic() + seconds
        total = 0
        while True:
            page = self._items.find_due(times.now(), _PAGE)
            queued = [item.id for item in page if item.kind in self._queues]
            refused = self._queue(page)
            done = [item_id for item_id in queued if item_id not in refused]
            self._items.remove(done)
            total += len(done)
            # Items whose lanes are full stay. If they fill a page, the next sweep tries again.
            if len(page) < _PAGE or not done or time.monotonic() > deadline:
                return total

    def _queue(self, page: Sequence[DueItem]) -> set[str]:
        """Queue the work of items. Return the ids of those that were refused."""
        by_lanes: defaultdict[tuple[str, int], list[DueItem]] = defaultdict(list)
        for item in page:
            if item.kind in self._queues:
                shard = self._queues[item.kind].lanes.of(item.owner).shard
                by_lanes[item.kind, shard].append(item)
        refused: set[str] = set()
        for (kind, shard), items in by_lanes.items():
            queue = self._queues[kind]
            requests = [
                AcceptRequest(item.owner, queue.make_job(item), uses_reserve=True) for item in items
            ]
            answers = queue.lanes[shard].accept_many(requests)
            for item, answer in zip(items, answers, strict=True):
                if not isinstance(answer, AcceptedJob):
                    refused.add(item.id)
                if isinstance(answer, AcceptedJob | LaneFull) and answer.wake:
                    self._waker.wake(answer.wake)
        return refused
