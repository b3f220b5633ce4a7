"""The numbers of lanes, drains and dead letters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chalicelib.queue.scripts import COUNT

if TYPE_CHECKING:
    from chalicelib.queue.lanes import Lanes


class QueueCounts(msgspec.Struct, frozen=True):
    """The lanes of one kind in one shard by state, their running drains and dead letters."""

    ready: int
    leased: int
    delayed: int
    drains: int
    dead_letters: int


def read_counts(lanes: Lanes) -> QueueCounts:
    """Return the counts at one instant, in one round trip."""
    return QueueCounts(
        *COUNT.run(lanes.redis, lanes.ring, *lanes.scope, lanes.limits.encode_timeouts())
    )
