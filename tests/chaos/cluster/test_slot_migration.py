"""No application and no e-mail is lost while slots of the cluster move.

``HIRELANE_KILLS`` chooses the long form: 5,000 applications and 80 migrations (`make kill`).
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from threading import Timer
from typing import Any

import pytest
from chalice.test import Client
from redis import Redis
from redis.cluster import RedisCluster
from redis.crc import key_slot
from redis.exceptions import AskError, RedisError, TryAgainError

import chalicelib.queue.scripts as all_scripts
from chalicelib.auth.rate_limits import PREFIX, AuthRateLimits
from chalicelib.bootstrap.clients import connect_redis
from chalicelib.bootstrap.container import Container
from chalicelib.common.errors import TooManyRequests
from chalicelib.queue import (
    REDIS_ERRORS,
    AcceptRequest,
    Gates,
    GateState,
    Lanes,
    Limits,
    Rate,
    Shards,
)
from chalicelib.queue.admin import Reconciler
from chalicelib.queue.scripts import Script
from chalicelib.queue.worker import Done, FollowUp, Leases
from tests.chaos.cluster.traffic import SHARDS, Traffic
from tests.integration.recruiting.steps import apply, problem, publish
from tests.support.assertions import answers_within
from tests.support.cluster import Cluster
from tests.support.lanes import claimed, new_job, serve_all, settle
from tests.support.slot_migration import (
    KeyByKeyMigration,
    cancel_atomic_migration,
    migrate_atomically,
)
from tests.support.timing import PATIENCE_SECONDS

LONG = "HIRELANE_KILLS" in os.environ
APPLICATIONS, MIGRATIONS_OF_A_KIND = (5000, 20) if LONG else (300, 2)

SLOTS = [key_slot(f"{{hl{shard}}}".encode()) for shard in range(SHARDS)]


@pytest.fixture
def lanes(client: Redis) -> Lanes:
    return Lanes(client, "applications", limits=Limits(max_drains=1))


@pytest.fixture
def slot(lanes: Lanes) -> int:
    return key_slot(lanes.ring.encode())


def accept(lanes: Lanes, owner: str, job_id: str) -> None:
    lanes.accept(AcceptRequest(owner, new_job(job_id)))


def test_settle_writes_nothing_while_keys_are_elsewhere(
    cluster: Cluster, client: Redis, lanes: Lanes, slot: int
) -> None:
    mail = Lanes(client, "mail")
    for job_id in ("a1", "a2"):
        accept(lanes, "ada", job_id)
    claim = Leases(lanes).claim("drain")
    # Another lane, so that the ring exists at the source.
    accept(lanes, "zoe", "z1")
    migration = KeyByKeyMigration.begin(cluster, slot)
    migration.move(lanes.keys.job("a2"))
    outcomes = [
        Done(None, (FollowUp("mail", "ada", new_job(f"mail-{job.id}")),)) for job in claim.jobs
    ]
    before = migration.source.redis.lrange(lanes.keys.queue("applications:ada"), 0, -1)
    with pytest.raises(RedisError):
        settle(lanes, claim, *outcomes)
    assert migration.source.redis.lrange(lanes.keys.queue("applications:ada"), 0, -1) == before
    migration.cancel()
    settle(lanes, claim, *outcomes)
    assert claimed(Leases(mail).claim("drain")) == ["mail-a1", "mail-a2"]
    report = Reconciler(lanes).run(60)
    assert report
    assert (report.done, report.waiting, report.lost) == (2, 1, 0)


@pytest.mark.parametrize("is_ring_moved", [False, True])
def test_no_client_stores_a_job_at_a_node_that_imports(
    cluster: Cluster, client: Redis, lanes: Lanes, slot: int, is_ring_moved: bool
) -> None:
    if is_ring_moved:
        accept(lanes, "zoe", "z1")
    migration = KeyByKeyMigration.begin(cluster, slot)
    if is_ring_moved:
        migration.move(lanes.ring)
    # redis-py's client follows ASK; ours does not.
    with RedisCluster.from_url(cluster.url) as stock:
        for any_client in (client, stock):
            shards = Shards(any_client, "applications")
            with pytest.raises(REDIS_ERRORS):
                accept(shards[0], "bob", "b1")
            with pytest.raises(REDIS_ERRORS):
                Gates(shards).follow("posting", GateState(), 1)
    migration.cancel()
    assert lanes.find("b1") is None
    accept(lanes, "bob", "b1")
    assert migration.target.redis.execute_command("CLUSTER", "COUNTKEYSINSLOT", slot) == 0
    assert lanes.find("b1")


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_no_script_starts_in_an_open_slot(
    cluster: Cluster, lanes: Lanes, slot: int, share: float
) -> None:
    """Each script, on both nodes, whichever keys are on which of them."""
    scripts = [script for script in vars(all_scripts).values() if isinstance(script, Script)]
    assert len(scripts) > 15
    for number in range(10):
        accept(lanes, f"owner-{number}", f"job-{number}")
    migration = KeyByKeyMigration.begin(cluster, slot)
    migration.move_some(share, random.Random(7))  # noqa: S311
    nodes: tuple[Any, ...] = migration.source.redis, _Asking(migration.target.redis)
    for node in nodes:
        for script in scripts:
            with pytest.raises((AskError, TryAgainError)):
                script.run(node, lanes.ring, *lanes.scope)
    migration.finish()
    assert len(serve_all(lanes)) == 10


def test_application_waits_for_a_short_move_and_is_refused_in_a_long_one(
    http: Client, parts: Container, log_in: Callable[[str], str], cluster: Cluster, client: Redis
) -> None:
    token = log_in("ada@example.com")
    with parts.override(redis=client):
        posting = publish(parts)
        slot = key_slot(parts.recruiting.lanes[0].ring.encode())
        migration = KeyByKeyMigration.begin(cluster, slot)
        refusal = answers_within(1, lambda: apply(http, token, posting))
        assert problem(refusal) == (503, "unavailable")
    # A busy machine needs longer than the API waits.
    with (
        connect_redis(cluster.url, answer_seconds=PATIENCE_SECONDS, cluster=True) as patient,
        parts.override(redis=patient),
    ):
        ending = Timer(0.2, migration.finish)
        ending.start()
        assert apply(http, token, posting).status_code == 202
        ending.join()


class _Asking:
    """Asks a node for keys that it imports, as clients do that follow ASK redirections."""

    connection = None

    def __init__(self, node: Any) -> None:
        self._node = node

    def execute_command(self, *command: Any) -> Any:
        with self._node.pipeline(transaction=False) as pipe:
            pipe.execute_command("ASKING")
            pipe.execute_command(*command)
            return pipe.execute()[1]


def test_limits_of_attempts_and_of_mail_hold_in_a_cluster(cluster: Cluster, client: Redis) -> None:
    limits = AuthRateLimits(client, {"login.account": Rate(2, 60), "login.address": Rate(9, 60)})
    for _ in range(2):
        limits.take(login_account="ada@example.com", login_address="127.0.0.1")
    migrate_atomically(cluster, key_slot(PREFIX.encode()))
    with pytest.raises(TooManyRequests):
        limits.take(login_account="ada@example.com", login_address="127.0.0.1")


def test_revocation_is_not_stored_at_a_node_that_imports(
    cluster: Cluster, lanes: Lanes, slot: int
) -> None:
    migration = KeyByKeyMigration.begin(cluster, slot)
    with pytest.raises(RedisError):
        lanes.revoke("ada", ["session"], 60)
    with pytest.raises(RedisError):
        lanes.open_gate("posting")
    migration.cancel()
    lanes.revoke("ada", ["session"], 60)
    assert lanes.is_revoked("ada", "session")


def test_no_application_is_lost_while_slots_move_under_traffic(cluster: Cluster) -> None:
    """Applications are accepted once, settled once, and each queues one e-mail, sent once."""
    chance = random.Random(MIGRATIONS_OF_A_KIND)  # noqa: S311
    kinds = ["cancelled", "completed", "atomic", "atomic cancelled"] * MIGRATIONS_OF_A_KIND
    chance.shuffle(kinds)
    with Traffic(cluster.url, APPLICATIONS) as traffic:
        for number, kind in enumerate(kinds):
            share = 1 / len(kinds)
            traffic.continue_until((number + 1) * share, started=(number + 0.3) * share)
            slot = chance.choice(SLOTS)
            if kind == "atomic":
                migrate_atomically(cluster, slot)
                continue
            if kind == "atomic cancelled":
                cancel_atomic_migration(cluster, slot)
                continue
            migration = KeyByKeyMigration.begin(cluster, slot)
            time.sleep(chance.uniform(0, 0.02))
            migration.move_some(chance.choice((0.0, chance.random())), chance)
            time.sleep(chance.uniform(0, 0.02))
            if kind == "completed":
                migration.finish()
            else:
                migration.cancel()
    print(traffic.report())
    traffic.check()
