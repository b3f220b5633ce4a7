"""The numbers of lanes, drains and dead letters, and the age of the oldest job."""

from __future__ import annotations

from itertools import compress
from typing import TYPE_CHECKING

import msgspec

from chalicelib.queue.errors import UnreadableJob
from chalicelib.queue.rq.job import parse_created_at
from chalicelib.queue.scripts import COUNT

if TYPE_CHECKING:
    from chalicelib.queue.lanes import Lanes


class QueueCounts(msgspec.Struct, frozen=True):
    """The lanes of one kind in one shard by state, their running drains and dead letters.

    ``oldest_waiting`` is how many seconds ago the oldest job that waits was accepted; 0 if none
    waits. It is looked for at the heads of 180 lanes, so an older job may wait elsewhere.
    """

    ready: int
    leased: int
    delayed: int
    drains: int
    dead_letters: int
    oldest_waiting: float


class ShardState(msgspec.Struct, frozen=True):
    """A shard at one instant, for one kind of lanes.

    Args:
        counts: its lanes, drains and dead letters.
        has_number: whether it knows the number of shards. If not, it lost its memory, or is new.
        paused: what is paused: ``intake``, ``drains``.
    """

    counts: QueueCounts
    has_number: bool
    paused: frozenset[str]


def read_counts(lanes: Lanes) -> QueueCounts:
    """Return the counts at one instant, in one round trip."""
    return read_state(lanes).counts


def read_state(lanes: Lanes) -> ShardState:
    """Return the state of a shard, in one round trip."""
    reply = COUNT.run(lanes.redis, lanes.ring, *lanes.scope, lanes.limits.encode_timeouts())
    ready, leased, delayed, drains, dead_letters, oldest, now_ms, shards, *paused = reply
    counts = QueueCounts(ready, leased, delayed, drains, dead_letters, _age(oldest, now_ms))
    return ShardState(counts, bool(shards), frozenset(compress(("intake", "drains"), paused)))


def _age(created_at: bytes, now_ms: int) -> float:
    """Return the seconds since a job was accepted; 0 without a valid time."""
    try:
        return max(0.0, round(now_ms / 1000 - parse_created_at(created_at).timestamp(), 3))
    except UnreadableJob:
        return 0.0
