"""The readiness probe writes on each server of a cluster."""

from __future__ import annotations

from typing import Any

import pytest
from redis import Redis
from redis.cluster import RedisCluster

from chalicelib.operations.probes import probe_redis


@pytest.mark.cluster
def test_probe_writes_once_on_each_server(client: Redis | RedisCluster) -> None:
    prefixes = [f"{{hl{shard}}}" for shard in range(30)]
    probe_redis(client, prefixes)
    written = [prefix for prefix in prefixes if client.exists(f"{prefix}:readiness")]
    if isinstance(client, RedisCluster):
        cluster: Any = client
        servers = [cluster.get_node_from_key(prefix).name for prefix in written]
        assert sorted(servers) == sorted(node.name for node in cluster.get_primaries())
    else:
        assert len(written) == 1
