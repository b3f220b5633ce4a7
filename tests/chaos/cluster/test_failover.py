"""Primaries that stop: the API refuses within a second, loses nothing, and finds the replica.

``HIRELANE_KILLS`` chooses the long form: 20 stops, and failovers with Valkey's own time-out
(`make kill`).
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from chalice.test import Client, HTTPResponse
from redis import Redis
from redis.crc import key_slot
from redis.exceptions import AskError, TryAgainError

from chalicelib.bootstrap.clients import connect_redis
from chalicelib.bootstrap.container import Container
from chalicelib.queue import REDIS_ERRORS, AcceptRequest, Lanes
from tests.integration.recruiting.steps import apply, publish
from tests.support.assertions import answers_within
from tests.support.cluster import Cluster, Node, running_cluster, until
from tests.support.lanes import new_job, serve_all
from tests.support.slot_migration import KeyByKeyMigration
from tests.support.timing import stretch

LONG = "HIRELANE_KILLS" in os.environ
STOPS, FAILOVERS = (20, 3) if LONG else (2, 1)
# Valkey's default in the long form.
NODE_TIMEOUT_MS = 15000 if LONG else 2000
SLOT = key_slot(b"{hl0}")
# In a slot of the same primary.
MOVING_PREFIX = "{hl4}"


def test_stopped_primary_refuses_within_a_second_and_loses_nothing(
    http: Client, parts: Container, log_in: Callable[[str], str], cluster: Cluster, client: Redis
) -> None:
    token = log_in("ada@example.com")
    node = cluster.owner(SLOT)
    accepted: list[str] = []
    with parts.override(redis=client):
        for number in range(STOPS):
            posting, later_posting = publish(parts), publish(parts)
            accepted.append(id_of(apply(http, token, posting)))
            with stopped(node, signal.SIGSTOP if number % 2 else signal.SIGKILL):
                # With the connection of the last call, and without one.
                for _ in range(2):
                    refusal = answers_within(1, partial(apply, http, token, later_posting))
                    assert refusal.status_code == 503
                    assert int(refusal.headers["Retry-After"]) > 0
            until(lambda: client.set("{hl0}:readiness", "1"))
            accepted.append(id_of(apply(http, token, later_posting)))
        assert serve_all(parts.recruiting.lanes[0]) == accepted


def test_promoted_replica_serves_without_another_connection(tmp_path: Path) -> None:
    with (
        running_cluster(tmp_path, replicas=True, node_timeout_ms=NODE_TIMEOUT_MS) as cluster,
        connect_redis(cluster.url, cluster=True) as client,
        connect_redis(cluster.url, cluster=True) as of_worker,
    ):
        assert of_worker.exists("{hl0}") == 0
        # A slot of the same primary is being moved meanwhile.
        moving = Lanes(client, "applications", prefix=MOVING_PREFIX)
        moving.accept(AcceptRequest("zoe", new_job("z1")))
        migration = KeyByKeyMigration.begin(cluster, key_slot(MOVING_PREFIX.encode()))
        migration.move(moving.ring)
        for number in range(FAILOVERS):
            if number:
                for node in cluster.nodes:
                    until(partial(is_healthy, node))
            jobs = [f"before-{number}", f"after-{number}"]
            seconds = fail_over(cluster, client, of_worker, jobs)
            print(f"the replica served after {seconds:.1f} s")
            assert seconds < stretch(30)
        # The promoted replica knows that the slot is open.
        with pytest.raises((AskError, TryAgainError)):
            moving.accept(AcceptRequest("zoe", new_job("z2")))
        replace(migration, source=cluster.owner(SLOT)).finish()
        moving.accept(AcceptRequest("zoe", new_job("z2")))
        assert serve_all(moving) == ["z1", "z2"]


def fail_over(cluster: Cluster, client: Redis, of_worker: Redis, jobs: list[str]) -> float:
    """Stop a primary between two jobs. Return after how many seconds the second is accepted."""
    lanes, served = Lanes(client, "applications"), Lanes(of_worker, "applications")
    before, after = (AcceptRequest("ada", new_job(job)) for job in jobs)
    lanes.accept(before)
    primary = cluster.owner(SLOT)
    assert primary.redis.wait(1, 5000) == 1
    with stopped(primary, signal.SIGSTOP):
        started = time.monotonic()
        until(lambda: answers_within(1, partial(accepts, lanes, after)))
        seconds = time.monotonic() - started
        # The worker's first call times out, and a drain repeats it.
        until(lambda: of_worker.exists(served.ring))
        assert serve_all(served) == jobs
    return seconds


def accepts(lanes: Lanes, request: AcceptRequest) -> bool:
    try:
        return bool(lanes.accept(request))
    except REDIS_ERRORS:
        return False


@contextmanager
def stopped(node: Node, how: signal.Signals) -> Iterator[None]:
    """Kill or pause a server, and bring it back."""
    node.signal(how)
    try:
        yield
    finally:
        if how == signal.SIGKILL:
            node.start()
        else:
            node.signal(signal.SIGCONT)


def is_healthy(node: Node) -> bool:
    """Return whether a primary has a replica, and a replica its primary."""
    info = node.redis.info("replication")
    is_replica = info["role"] == "slave"
    return bool(info["master_link_status"] == "up" if is_replica else info["connected_slaves"])


def id_of(answer: HTTPResponse) -> str:
    assert answer.status_code in {200, 202}
    return str(json.loads(answer.body)["id"])
