"""A cluster of three primaries, and the API in this process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis

from chalicelib.bootstrap.clients import connect_redis
from tests.integration.recruiting.conftest import aws, http, log_in, parts, read_secret
from tests.support.cluster import Cluster, running_cluster
from tests.support.stores import database

__all__ = ["aws", "database", "http", "log_in", "parts", "read_secret"]


@pytest.fixture(scope="session")
def cluster_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running_cluster(tmp_path_factory.mktemp("cluster"), appendfsync="always") as cluster:
        yield cluster


@pytest.fixture
def cluster(cluster_servers: Cluster) -> Cluster:
    """An empty cluster."""
    cluster_servers.flush()
    return cluster_servers


@pytest.fixture
def client(cluster: Cluster) -> Iterator[Redis]:
    """The client of the API."""
    with connect_redis(cluster.url, cluster=True) as client:
        yield client
