"""The tests of the queue run on one Valkey; those marked ``cluster`` also on a cluster of three.

The marked ones run each script, and each command outside of the scripts, on a cluster once.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis

from chalicelib.bootstrap.clients import connect_redis
from chalicelib.bootstrap.redis_cluster import ClusterClient
from chalicelib.queue import AcceptRequest, Lanes, Limits
from tests.support.cluster import Cluster, running_cluster
from tests.support.lanes import Accept, new_job
from tests.support.stores import Stores


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test that is marked ``cluster`` on one server and on the cluster."""
    if "client" in metafunc.fixturenames and metafunc.definition.get_closest_marker("cluster"):
        metafunc.parametrize("client", ["one server", "cluster"], indirect=True)


@pytest.fixture
def client(request: pytest.FixtureRequest, stores: Stores) -> Iterator[Redis]:
    """A client of an empty server."""
    if getattr(request, "param", "") == "cluster":
        cluster: Cluster = request.getfixturevalue("cluster")
        cluster.flush()
        with connect_redis(cluster.url, answer_seconds=5, cluster=True) as of_cluster:
            yield of_cluster
        return
    with Redis.from_url(stores.redis_url) as one:
        one.flushall()
        yield one


@pytest.fixture
def lanes(client: Redis) -> Lanes:
    return Lanes(client, "applications", limits=Limits(lease=0.3))


@pytest.fixture
def stock(client: Redis, lanes: Lanes) -> Iterator[Redis]:
    """A plain connection, as RQ's tools have it, to the node that holds the shard."""
    if not isinstance(client, ClusterClient):
        yield client
        return
    node = client.get_node_from_key(lanes.ring)
    with Redis(host=node.host, port=node.port) as plain:
        yield plain


@pytest.fixture
def accept(lanes: Lanes) -> Accept:
    return lambda owner, job_id, **options: lanes.accept(
        AcceptRequest(owner, new_job(job_id), **options)
    )
