"""Metrics of the nodes of Redis, read from Redis itself, so that they are the same on any store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.common.observability import measure
from chalicelib.common.redis_servers import ask_servers

if TYPE_CHECKING:
    from redis import Redis


def measure_store(redis: Redis) -> int:
    """Write the used memory (%) and the replicas of each primary. Return 0, the repairs."""
    nodes = ask_servers(redis, "info", "memory", "replication")
    measure(
        {
            "store_memory": [_used_percent(info) for info in nodes],
            "store_replicas": [info["connected_slaves"] for info in nodes],
        }
    )
    return 0


def _used_percent(info: dict[str, Any]) -> float:
    # Without a limit, the memory of the machine is the limit.
    limit = int(info.get("maxmemory") or info["total_system_memory"])
    return round(100 * int(info["used_memory"]) / limit, 1)
