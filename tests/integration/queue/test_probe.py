"""The readiness probe writes on each server of a cluster."""

from __future__ import annotations

import pytest
from redis import Redis

from chalicelib.bootstrap.redis_cluster import ClusterClient
from chalicelib.operations.probes import probe_redis


@pytest.mark.cluster
def test_probe_writes_once_on_each_server(client: Redis) -> None:
    prefixes = [f"{{hl{shard}}}" for shard in range(30)]
    probe_redis(client, prefixes)
    written = [prefix for prefix in prefixes if client.exists(f"{prefix}:readiness")]
    if isinstance(client, ClusterClient):
        servers = [client.get_node_from_key(prefix).name for prefix in written]
        assert sorted(servers) == sorted(node.name for node in client.get_primaries())
    else:
        assert len(written) == 1
