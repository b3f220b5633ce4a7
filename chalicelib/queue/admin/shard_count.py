"""The number of shards, stored in each shard, so that no process accepts jobs into a wrong one.

accept.lua refuses a caller that assumes another number. The number changes only by ``change``,
while the queue has no jobs: an owner whose shard changes would have two lanes, and jobs out of
order.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from chalicelib.queue.errors import QueueError
from chalicelib.queue.rq.keys import RedisKeys, configured_prefix, shard_prefix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from redis import Redis
    from redis.cluster import RedisCluster

# Keys that hold what would be lost: jobs, dead letters, entries that no reader has moved, and
# revoked credentials, which expire after some minutes.
_IN_USE: Mapping[str, str] = {
    "queue:*": "lanes with jobs",
    "dead:*": "kinds with dead letters",
    "log:*": "logs with entries",
    "revoked:*": "revoked credentials",
}
_SCAN_COUNT = 1000
# The field with the number before a change that has not ended.
_FORMER = "former_shards"
# The beginnings of the fields of pauses (``admin.pauses``).
_PAUSES = (b"intake:", b"drains:")


class ShardsInUse(QueueError):
    """The number of shards cannot change now; ``found`` counts what is in the way."""

    def __init__(self, found: Mapping[str, int]) -> None:
        super().__init__(", ".join(f"{count} {name}" for name, count in found.items()))
        self.found = dict(found)


class ShardCount:
    """The stored number of shards.

    Args:
        redis: a client of the server or the cluster.
        prefix: the prefix of the keys of shard 0.
    """

    def __init__(self, redis: Redis | RedisCluster, prefix: str | None = None) -> None:
        self._redis: Any = redis
        self._first = prefix or configured_prefix()

    def read(self) -> int | None:
        """Return the stored number of shards, or None if none was stored yet."""
        stored = self._redis.hget(self._key(0), "shards")
        return int(stored) if stored else None

    def register(self, count: int) -> int:
        """Store the number of shards, and what is paused, in each shard that has no number.

        Such a shard is new, or its node lost its memory. The first shard with a number says what to
        store, because it is paused earlier and resumed later than all that follow it. If no shard
        has one, it is shard 0, and ``count``.

        Returns:
            The stored number, which may be another one than ``count``.
        """
        fields = [self._redis.hgetall(self._key(shard)) for shard in range(count)]
        known = next((one for one in fields if b"shards" in one), fields[0])
        stored, pauses = int(known.get(b"shards", count)), _pauses(known)
        for shard, found in enumerate(fields):
            if b"shards" in found:
                continue
            # The number is stored last, so that this is repeated if it fails.
            if pauses:
                self._redis.hset(self._key(shard), mapping=pauses)
            self._redis.hsetnx(self._key(shard), "shards", stored)
        return stored

    def change(self, count: int) -> None:
        """Change the number of shards, while the queue holds nothing. Repeat it if it fails.

        It is changed first and checked then, so that no process accepts a job in between.

        Raises:
            ShardsInUse: the queue holds something; the former number is stored again.
        """
        # Kept until the end, in case this process dies in between.
        former = int(self._redis.hget(self._key(0), _FORMER) or self.read() or count)
        self._redis.hset(self._key(0), _FORMER, former)
        shards = range(max(former, count))
        self._pause_like_first(shards)
        self._forget_gates(range(former, count))
        self._store(shards, count)
        found = self._find_use(shards)
        if found:
            self._store(shards, former)
        self._redis.hdel(self._key(0), _FORMER)
        if found:
            raise ShardsInUse(found)

    def _store(self, shards: Iterable[int], count: int) -> None:
        for shard in shards:
            self._redis.hset(self._key(shard), "shards", count)

    def _pause_like_first(self, shards: Iterable[int]) -> None:
        """Pause in all shards what is paused in the first one, and nothing else.

        A new shard would end a pause for its owners. One that was in use before may still have an
        old pause, which nobody would see.
        """
        first = _pauses(self._redis.hgetall(self._key(0)))
        for shard in shards:
            old = _pauses(self._redis.hgetall(self._key(shard))).keys() - first.keys()
            if first:
                self._redis.hset(self._key(shard), mapping=first)
            if old:
                self._redis.hdel(self._key(shard), *old)

    def _forget_gates(self, shards: Iterable[int]) -> None:
        """Forget the gates of shards that come into use.

        They may be from an earlier use, and open although the gate was closed since. Callers open a
        gate again that a shard does not know.
        """
        for shard in shards:
            keys = RedisKeys(shard_prefix(self._first, shard))
            self._redis.delete(keys.gates(), keys.gate_versions(), keys.gate_rates())

    def _find_use(self, shards: Iterable[int]) -> dict[str, int]:
        found: Counter[str] = Counter()
        for shard in shards:
            prefix = shard_prefix(self._first, shard)
            for pattern, name in _IN_USE.items():
                found[name] += sum(1 for _ in self._keys(prefix, pattern))
        return {name: number for name, number in found.items() if number}

    def _keys(self, prefix: str, pattern: str) -> Iterator[bytes]:
        scan: Callable[..., Iterator[bytes]] = self._redis.scan_iter
        options: dict[str, Any] = {"match": f"{prefix}:{pattern}", "count": _SCAN_COUNT}
        if hasattr(self._redis, "get_node_from_key"):
            options["target_nodes"] = self._redis.get_node_from_key(self._key(0, prefix))
        return scan(**options)

    def _key(self, shard: int, prefix: str = "") -> str:
        return RedisKeys(prefix or shard_prefix(self._first, shard)).shard()


def _pauses(fields: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    return {name: value for name, value in fields.items() if name.startswith(_PAUSES)}
