"""The sweep of every minute over all shards of a kind.

It wakes a drain in each shard where jobs were left behind, which takes a few round trips a shard.
Then it reconciles shards in turn, as many as its time allows; the next sweep continues with the
next one. So a sweep takes the same time with any number of jobs, and a server that cannot be
reached holds up no shard of another one.
"""

from __future__ import annotations

import random
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from chalicelib.bootstrap.reconciliation import reconcile
from chalicelib.common.observability import count, measure
from chalicelib.queue import REDIS_ERRORS
from chalicelib.queue.admin import ShardCount, read_state

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aws_lambda_powertools import Logger

    from chalicelib.queue import Lanes, Shards, Waker
    from chalicelib.queue.admin import ShardState

# For waking drains and reconciling together. One invocation sweeps two kinds, after its tasks.
SWEEP_SECONDS = 2.5


class ShardSweeper:
    """Sweeps the shards of one kind.

    Args:
        shards: the lanes of the kind.
        waker: starts drains, and retires those that it could not start.
        logger: the logger of the function.
    """

    def __init__(self, shards: Shards, waker: Waker, logger: Logger) -> None:
        self._shards = shards
        self._waker = waker
        self._logger = logger
        self._redis: Any = shards[0].redis
        self._next_key = shards[0].keys.sweep(shards.kind)

    def run(self, seconds: float = SWEEP_SECONDS) -> list[Lanes]:
        """Wake drains where they are needed, then reconcile shards in turn.

        Returns:
            The shards that the caller must serve: those whose drain could not be started, and a
            single shard, which needs no further invocation.

        Raises:
            redis.exceptions.RedisError, redis.exceptions.RedisClusterException: no shard answers.
        """
        ends = time.monotonic() + seconds
        reached, left = self._wake(self._order())
        self._measure(reached)
        self._reconcile(reached, ends)
        return left

    def _order(self) -> list[Lanes]:
        """Return all shards, beginning with the one that the last sweep did not reach."""
        shards = list(self._shards)
        try:
            first = int(self._redis.get(self._next_key) or 0) % len(shards)
        except REDIS_ERRORS:
            first = random.randrange(len(shards))  # noqa: S311 - guards nothing
        return shards[first:] + shards[:first]

    def _wake(self, order: Iterable[Lanes]) -> tuple[list[Lanes], list[Lanes]]:
        """Wake drains. Return the shards that answered, and those whose drain did not start."""
        reached, left = [], []
        failed: Exception | None = None
        failed_servers: set[str] = set()
        for lanes in order:
            server = ""
            try:
                server = self._server_of(lanes)
                # One wait for a server that does not answer is enough.
                if server in failed_servers:
                    continue
                if not self._start_drain(lanes):
                    left.append(lanes)
                reached.append(lanes)
            except REDIS_ERRORS as error:
                failed = error
                failed_servers |= {server} - {""}
                self._log_failure(lanes, error)
        if failed and not reached:
            raise failed
        return reached, left

    def _measure(self, shards: Iterable[Lanes]) -> None:
        """Measure the oldest job and the dead letters of each shard, and count pauses.

        A shard that lost its memory gets the number of shards and the pauses again.
        """
        kind = self._shards.kind
        found: dict[int, ShardState] = {}
        # An unreadable key is an error, too. It must not stop the drains.
        with suppress(*REDIS_ERRORS):
            for lanes in shards:
                found[lanes.shard] = read_state(lanes)
        counts = [one.counts for one in found.values()]
        if counts:
            measure(
                {
                    "oldest_waiting": [one.oldest_waiting for one in counts],
                    "jobs_dead": [one.dead_letters for one in counts],
                },
                kind=kind,
            )
        if any("intake" in one.paused for one in found.values()):
            count("intake_paused", kind=kind)
        if any("drains" in one.paused for one in found.values()):
            count("drains_paused", kind=kind)
        if lost := [shard for shard, one in found.items() if not one.has_number]:
            self._logger.warning("shards lost their memory", kind=kind, shards=lost)
            with suppress(*REDIS_ERRORS):
                ShardCount(self._redis).register(len(self._shards))

    def _start_drain(self, lanes: Lanes) -> bool:
        """Start a drain if one is needed. Return False if the caller must serve the shard."""
        if len(self._shards) == 1:
            return False
        wake = lanes.request_drain()
        if wake is None:
            return True
        self._waker.wake(wake)
        return lanes.redis.zscore(lanes.keys.drains(lanes.kind), wake.drain_id) is not None

    def _reconcile(self, shards: Iterable[Lanes], ends: float) -> None:
        following = None
        for lanes in shards:
            if following is not None and time.monotonic() >= ends:
                break
            reconcile(lanes, self._logger, max(ends - time.monotonic(), 0))
            following = (lanes.shard + 1) % len(self._shards)
        with suppress(*REDIS_ERRORS):
            self._redis.set(self._next_key, following or 0, ex=60 * 60)

    def _server_of(self, lanes: Lanes) -> str:
        """Return the name of the server of a shard, as far as the client knows it."""
        find = getattr(self._redis, "get_node_from_key", None)
        return str(find(lanes.ring).name) if find else "the only one"

    def _log_failure(self, lanes: Lanes, error: Exception) -> None:
        count("reconcile_failed", properties={"shard": str(lanes.shard)}, kind=lanes.kind)
        self._logger.error(
            "shard does not answer", kind=lanes.kind, shard=lanes.shard, error=type(error).__name__
        )
