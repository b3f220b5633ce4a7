"""Pauses: an operator stops the intake of new jobs, or the drains, of a kind in all shards.

A paused intake accepts no job that the log of a gate would count for the first time (accept.lua).
All other jobs are accepted, repeated requests get their first answer, and drains continue. Paused
drains claim nothing, and nobody wakes them; jobs are accepted and wait.

A pause ends only by ``resume``. A shard that lost its memory has lost its pauses, and also the
number of shards, by which that is known. It is paused again, since the same time and for the same
reason, by the next sweep of the schedule (``ShardCount.register``); until then it is not paused.
The first shard with a number says what is paused: shard 0, or another one if shard 0 lost its
memory. A shard with a number is left as it is, because an operator may resume it in that moment.
If all shards lost their memory at once, nothing knows the pauses, and an operator sets them again.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import msgspec

if TYPE_CHECKING:
    from chalicelib.queue.lanes import Lanes
    from chalicelib.queue.shards import Shards

What = Literal["intake", "drains"]


class Pause(msgspec.Struct, frozen=True):
    """A pause: since when, and why."""

    since: datetime
    reason: str


class Pauses:
    """The pauses of one kind in all shards."""

    def __init__(self, shards: Shards) -> None:
        self._shards = shards

    def pause(self, what: What, reason: str = "") -> None:
        """Pause the intake or the drains in all shards. Repeat the call if it fails.

        Shard 0 is the first to be paused and the last to be resumed, so it shows whether anything
        is paused.
        """
        value = f"{int(datetime.now(UTC).timestamp() * 1000)} {reason}"
        for lanes in self._shards:
            lanes.redis.hset(lanes.keys.shard(), _field(what, lanes), value)

    def resume(self, what: What) -> int:
        """End a pause in all shards. Repeat the call if it fails.

        Returns:
            In how many shards it was paused.
        """
        shards = reversed(list(self._shards))
        return sum(int(one.redis.hdel(one.keys.shard(), _field(what, one))) for one in shards)

    def find(self, what: What, shard: int = 0) -> Pause | None:
        """Return the pause of a shard, or None.

        Shard 0 is paused while any shard is, unless it lost its memory a minute ago.
        """
        lanes = self._shards[shard]
        stored: Any = lanes.redis.hget(lanes.keys.shard(), _field(what, lanes))
        if stored is None:
            return None
        since_ms, _, reason = stored.decode().partition(" ")
        return Pause(datetime.fromtimestamp(int(since_ms) / 1000, UTC), reason)

    def count(self, what: What) -> int:
        """Return how many shards are paused."""
        return sum(
            bool(lanes.redis.hexists(lanes.keys.shard(), _field(what, lanes)))
            for lanes in self._shards
        )


def _field(what: What, lanes: Lanes) -> str:
    return f"{what}:{lanes.kind}"
