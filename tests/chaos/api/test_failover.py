"""Failover: a replica becomes the primary, and the name of the primary leads to it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from chalice.test import Client
from redis import Redis

from chalicelib.bootstrap.clients import connect_redis
from chalicelib.bootstrap.container import Container
from chalicelib.queue import Lanes
from infrastructure.local.stack.stack import Stack
from tests.integration.recruiting.steps import apply, publish
from tests.support.lanes import serve_all
from tests.support.proxy import Proxy
from tests.support.stores import Stores
from tests.support.timing import PATIENCE_SECONDS


@pytest.fixture
def replica(stores: Stores, tmp_path: Path) -> Iterator[str]:
    """The address of a second Valkey, which is a replica of the first one."""
    stack = Stack(tmp_path)
    try:
        stack.restart("valkey")
        address = urlsplit(stack.endpoint("valkey")).netloc
        yield address
    finally:
        stack.down()


def follow(replica: str, primary: str) -> None:
    """Make a server the replica of another one, and wait until it has the data."""
    host, _, port = primary.partition(":")
    with Redis.from_url(f"redis://{replica}") as server:
        server.replicaof(host, port)
        ends = time.monotonic() + PATIENCE_SECONDS
        while server.info("replication")["master_link_status"] != "up":
            assert time.monotonic() < ends
            time.sleep(0.05)


def promote(replica: str) -> None:
    """Make a replica a primary."""
    with Redis.from_url(f"redis://{replica}") as server:
        server.replicaof("NO", "ONE")


def test_failover_of_redis_fails_no_call(
    http: Client, parts: Container, log_in: Callable[[str], str], stores: Stores, replica: str
) -> None:
    primary = urlsplit(stores.redis_url).netloc
    token = log_in("ada@example.com")
    with Proxy(primary) as name:
        url = f"redis://{name.address}/0"
        with parts.override(redis=connect_redis(url)), connect_redis(url) as worker:
            lanes = Lanes(worker, "applications")
            first, second, third = (publish(parts) for _ in range(3))
            # Both clients have an open connection, as in functions that have served before.
            assert apply(http, token, first).status_code == 202
            assert len(serve_all(lanes)) == 1
            follow(replica, primary)
            promote(replica)
            try:
                follow(primary, replica)
                name.forward_to(replica)
                assert apply(http, token, second).status_code == 202
                assert len(serve_all(lanes)) == 1
                # Back again, this time with a worker that is the first to notice.
                follow_back = primary
                promote(follow_back)
                follow(replica, primary)
                name.forward_to(primary)
                assert serve_all(lanes) == []
                assert apply(http, token, third).status_code == 202
            finally:
                promote(primary)
