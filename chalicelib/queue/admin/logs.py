"""Logs of a shard: the jobs accepted for each gate, and those removed before they were done.

The scripts append to the logs in the step that accepts or removes a job. A reader moves the entries
elsewhere and trims the logs. Without a reader they grow.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib.queue.scripts import READ_LOGS, TRIM_LOGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from chalicelib.queue.lanes import Lanes

_ACCEPTED = "accepted:"
_REMOVED = "removed:"


class LogPart(NamedTuple):
    """The oldest entries of a log.

    Args:
        name: the name of the log.
        offset: how many entries were trimmed before these.
        entries: the entries, oldest first. The log of a gate has the ids of jobs.
        length: the number of entries of the log.
    """

    name: str
    offset: int
    entries: tuple[str, ...]
    length: int

    @property
    def gate(self) -> str | None:
        """The gate whose accepted jobs these are, or None."""
        return self.name.removeprefix(_ACCEPTED) if self.name.startswith(_ACCEPTED) else None


class RemovedJob(NamedTuple):
    """A job that was removed before it was done.

    Args:
        id: its id.
        removed_at: when it was removed.
        is_discarded: whether it was a dead letter that was discarded; else its owner was erased.
        description: its description.
    """

    id: str
    removed_at: datetime
    is_discarded: bool
    description: str


class Logs:
    """The logs of the shard of some lanes."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes

    def sample(self, count: int) -> list[str]:
        """Return the names of some logs with entries, at most ``count``, chosen at random."""
        found: Any = self._lanes.redis.srandmember(self._lanes.keys.logs(), count)
        return [name.decode() for name in found]

    def read(self, names: Sequence[str], count: int) -> list[LogPart]:
        """Return the oldest ``count`` entries of each of these logs, which are at most 200.

        A ``count`` of 0 stands for all entries.
        """
        if not names:
            return []
        lanes = self._lanes
        reply = READ_LOGS.run(lanes.redis, lanes.ring, *lanes.scope, count, *names)
        return [
            LogPart(name, offset, tuple(entry.decode() for entry in entries), length)
            for name, (offset, entries, length) in zip(names, reply, strict=True)
        ]

    def read_accepted(self, gate: str) -> list[str]:
        """Return the ids of the jobs accepted for a gate that are not trimmed, oldest first."""
        [part] = self.read([_ACCEPTED + gate], 0)
        return list(part.entries)

    def count_accepted(self, gate: str) -> int:
        """Return how many jobs accepted for a gate are not trimmed."""
        [part] = self.read([_ACCEPTED + gate], 1)
        return part.length

    def trim(self, parts: Iterable[tuple[LogPart, int]]) -> None:
        """Remove the first entries of parts of logs, each part with the number of them.

        Entries that another reader has removed meanwhile stay removed, and no others are.
        """
        arguments: list[str | int] = []
        for part, count in parts:
            if count:
                arguments += (part.name, count, part.entries[0], part.entries[count - 1])
        if arguments:
            lanes = self._lanes
            TRIM_LOGS.run(lanes.redis, lanes.ring, *lanes.scope, *arguments)

    def set_offset(self, name: str, offset: int) -> None:
        """Set how many entries of a log were trimmed, because Redis has forgotten it."""
        self._lanes.redis.hset(self._lanes.keys.log_offsets(), name, offset)

    def publish_head(self, gate: str, head: str) -> None:
        """Store a text without spaces with the log of a gate; accept returns it from now on."""
        field = f"head:{_ACCEPTED}{gate}"
        self._lanes.redis.hset(self._lanes.keys.log_offsets(), field, head)

    def read_head(self, gate: str) -> str:
        """Return the text that ``publish_head`` stored last; empty if there is none."""
        field = f"head:{_ACCEPTED}{gate}"
        stored: bytes | None = self._lanes.redis.hget(self._lanes.keys.log_offsets(), field)
        return stored.decode() if stored else ""

    def restore_offset(self, gate: str, find_offset: Callable[[], int]) -> None:
        """Set how many entries of the log of a gate were trimmed, if Redis has forgotten the log.

        Call it before the gate opens, so that no job is accepted meanwhile.

        Args:
            gate: the gate.
            find_offset: returns the number. It is called only if Redis knows nothing of the log.
        """
        name, keys = _ACCEPTED + gate, self._lanes.keys
        redis = self._lanes.redis
        if redis.hexists(keys.log_offsets(), name) or redis.exists(keys.log(name)):
            return
        offset = find_offset()
        if offset:
            redis.hsetnx(keys.log_offsets(), name, offset)

    def find_accepted(self, gate: str, job_id: str) -> int:
        """Return the number of a job in the log of a gate, if its entry is not trimmed; else 0."""
        [part] = self.read([_ACCEPTED + gate], 0)
        return part.offset + part.entries.index(job_id) + 1 if job_id in part.entries else 0

    def removed_jobs(self, part: LogPart) -> list[RemovedJob]:
        """Return the entries of a log of removed jobs; none if it is another log or kind."""
        if part.name != _REMOVED + self._lanes.kind:
            return []
        jobs = []
        for entry in part.entries:
            job_id, removed_ms, how, description = entry.split(" ", 3)
            at = datetime.fromtimestamp(int(removed_ms) / 1000, tz=UTC)
            jobs.append(RemovedJob(job_id, at, how == "discarded", description))
        return jobs
