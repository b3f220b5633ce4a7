"""Moves the queue's logs to MongoDB: ids of accepted applications, and removed jobs.

A part of a log is stored before it is trimmed, and storing it again changes nothing. So a mover
that was killed is completed by the next one, and two movers at once store nothing twice.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from chalicelib.queue.admin import Logs
from chalicelib.recruiting.applications.jobs import described_posting_id
from chalicelib.recruiting.applications.removed_applications import (
    RemovalKind,
    RemovedApplication,
)
from chalicelib.recruiting.equation.accepted_log import CHUNK, LogPlace
from chalicelib.recruiting.proofs.tree_repository import LogName

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.queue import Lanes, Shards
    from chalicelib.queue.admin import LogPart, RemovedJob
    from chalicelib.recruiting.applications.removed_applications import (
        RemovedApplicationRepository,
    )
    from chalicelib.recruiting.applications.repository import ApplicationRepository
    from chalicelib.recruiting.equation.accepted_log import AcceptedLogRepository
    from chalicelib.recruiting.equation.repository import EquationRepository
    from chalicelib.recruiting.proofs.tree_repository import TreeRepository

_LOGS_A_ROUND = 100


class LogMover:
    """Moves the logs of all shards.

    Args:
        lanes: the lanes of candidates.
        accepted_log: gets the ids of accepted applications.
        removed: gets the applications whose jobs were removed.
        applications: the stored applications.
        equations: learns which postings have changed.
        trees: learns which logs have new entries.
    """

    def __init__(
        self,
        lanes: Shards,
        accepted_log: AcceptedLogRepository,
        removed: RemovedApplicationRepository,
        applications: ApplicationRepository,
        equations: EquationRepository,
        trees: TreeRepository,
    ) -> None:
        self._lanes = lanes
        self._accepted_log = accepted_log
        self._removed = removed
        self._applications = applications
        self._equations = equations
        self._trees = trees

    def move(self, seconds: float) -> int:
        """Move log entries for at most about this long. Return how many were moved.

        Raises:
            pymongo.errors.PyMongoError, redis.exceptions.RedisError: some entries may be moved.
        """
        ends = time.monotonic() + seconds
        total = 0
        for lanes in self._lanes:
            logs = Logs(lanes)
            while names := logs.sample(_LOGS_A_ROUND):
                moved = self._move_round(lanes, logs, names)
                total += moved
                # Nothing was moved if another mover was faster, or Redis had forgotten an offset.
                if not moved or time.monotonic() > ends:
                    break
        return total

    def _move_round(self, lanes: Lanes, logs: Logs, names: Sequence[str]) -> int:
        parts = logs.read(names, CHUNK)
        stored: list[tuple[LogPart, int]] = []
        accepted: dict[LogPlace, LogPart] = {}
        for part in parts:
            if part.gate is None:
                self._store_removed(logs.removed_jobs(part))
                # The entries of other kinds of jobs interest nobody.
                stored.append((part, len(part.entries)))
            elif part.entries:
                accepted[LogPlace(part.gate, str(lanes.shard), part.offset)] = part
        entries = {place: part.entries for place, part in accepted.items()}
        self._equations.mark_changed({place.posting_id for place in accepted})
        for place, count in self._accepted_log.append(entries).items():
            part = accepted[place]
            stored.append((part, count or self._find_stored(logs, place, part)))
        # After they are stored and before they are trimmed, so that no change is overlooked.
        self._trees.mark_changed([LogName(one.posting_id, one.shard) for one in accepted])
        logs.trim(stored)
        return sum(count for _, count in stored)

    def _find_stored(self, logs: Logs, place: LogPlace, part: LogPart) -> int:
        """Return how many of the first entries of a part are stored, but at another place.

        If none is, Redis has forgotten the offset of the log, and gets it back.
        """
        end, newest = self._accepted_log.find_end(place.posting_id, place.shard)
        known = set(newest)
        first_new = next((i for i, one in enumerate(part.entries) if one not in known), None)
        if first_new == 0:
            logs.set_offset(part.name, end)
        return len(part.entries) if first_new is None else first_new

    def _store_removed(self, jobs: Sequence[RemovedJob]) -> None:
        """Record the applications among removed jobs, except those that are stored."""
        stored = self._applications.find_stored_ids([job.id for job in jobs])
        removed = []
        for job in jobs:
            posting_id = described_posting_id(job.description)
            if posting_id and job.id not in stored:
                kind = RemovalKind.DISCARDED if job.is_discarded else RemovalKind.ERASED
                removed.append(RemovedApplication(job.id, posting_id, kind, job.removed_at))
        self._removed.add(removed)
        self._equations.mark_changed({one.posting_id for one in removed})
