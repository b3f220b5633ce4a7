"""Shards: the lanes of one kind, spread over the slots of a cluster by owner.

All keys of a shard have its hash tag, so each script runs on one node. The id of an owner
determines the shard, so follow-up jobs of the same owner, of any kind, are in the same shard.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from chalicelib.queue.errors import OtherNumberOfShards
from chalicelib.queue.lanes import Lanes
from chalicelib.queue.rq.keys import configured_prefix, shard_prefix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from redis import Redis
    from redis.cluster import RedisCluster

    from chalicelib.queue.limits import Limits


class Shards:
    """The lanes of one kind in all shards.

    All processes must use the same ``count``, because an owner whose shard changes would have two
    lanes. Once ``admin.ShardCount`` has stored it, a process with another one can neither accept,
    list nor erase jobs of an owner.
    """

    def __init__(
        self,
        redis: Redis | RedisCluster,
        kind: str,
        *,
        count: int = 1,
        limits: Limits | None = None,
        prefix: str | None = None,
        followed_by: tuple[str, ...] = (),
        trace_context: Callable[[], str] | None = None,
    ) -> None:
        first = prefix or configured_prefix()
        self.kind = kind
        self._lanes = tuple(
            Lanes(
                redis,
                kind,
                limits=limits,
                prefix=shard_prefix(first, shard),
                shard=shard,
                shards=count,
                followed_by=followed_by,
                trace_context=trace_context,
            )
            for shard in range(count)
        )

    def __iter__(self) -> Iterator[Lanes]:
        return iter(self._lanes)

    def __len__(self) -> int:
        return len(self._lanes)

    def __getitem__(self, shard: int) -> Lanes:
        return self._lanes[shard]

    def of(self, owner: str) -> Lanes:
        """Return the lanes of the shard that holds this owner's lane."""
        if len(self._lanes) == 1:
            return self._lanes[0]
        return self._lanes[zlib.crc32(owner.encode()) % len(self._lanes)]

    def revoke(self, owner: str, credentials: Sequence[str], seconds: int) -> None:
        """Refuse requests that were authorized with these credentials (see ``Lanes.revoke``).

        If the queue has another number of shards, they are refused where the processes with that
        number look. The end of a session is not repeated, so it must not fail for that reason.
        """
        try:
            self.of(owner).revoke(owner, credentials, seconds)
        except OtherNumberOfShards as error:
            first = self._lanes[0]
            stored = Shards(first.redis, self.kind, count=error.count, prefix=first.keys.prefix)
            stored.of(owner).revoke(owner, credentials, seconds)

    def open_gate(self, gate: str, closes_at: datetime | None = None) -> None:
        """Accept jobs for a gate in all shards until ``closes_at``, or without an end."""
        for lanes in self:
            lanes.open_gate(gate, closes_at)
