"""The user of the functions in templates/store.yaml may do what the code does, and no more."""

from __future__ import annotations

import re
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import NoPermissionError

from chalicelib.operations.durability import DurabilityProbe
from chalicelib.operations.probes import probe_redis
from chalicelib.queue import AcceptRequest, Lanes
from chalicelib.queue.admin import Reconciler
from infrastructure.aws.parts import TEMPLATES
from tests.support.lanes import new_job, serve_all
from tests.support.stores import Stores

TEXT = (TEMPLATES / "store.yaml").read_text()
# The two managed stores have the same; the server of a sandbox may also be asked for its settings.
MANAGED = re.findall(r"AccessString: (.+)", TEXT)
[SERVER] = re.findall(r"user hirelane on >\$password (.+)", TEXT)
# What clients of redis-py send when they connect, also to a cluster.
CONNECTING = (
    "PING",
    "HELLO 3",
    "CLIENT SETINFO LIB-NAME redis-py",
    "CLIENT SETNAME hirelane",
    "COMMAND",
    "CLUSTER SLOTS",
    "CLUSTER SHARDS",
    "CLUSTER COUNTKEYSINSLOT 1",
    "CLUSTER GETKEYSINSLOT 1 1",
    "READONLY",
    "READWRITE",
    "ASKING",
    "SCRIPT LOAD x",
)
DESTRUCTIVE = (
    "FLUSHALL",
    "FLUSHDB",
    "SHUTDOWN",
    "CONFIG SET dir /tmp",
    "DEBUG SLEEP 1",
    "REPLICAOF a 1",
)


def test_both_managed_stores_have_the_same_user() -> None:
    assert len(MANAGED) == 2
    assert len(set(MANAGED)) == 1
    assert f"{MANAGED[0].removeprefix('on ')} +config|get" == SERVER


@pytest.mark.parametrize("access", [MANAGED[0], f"on {SERVER}"])
def test_user_of_the_store_can_do_the_work_only(redis: Redis, stores: Stores, access: str) -> None:
    admin: Any = redis
    admin.execute_command("ACL", "SETUSER", "hirelane", "reset", ">secret", *access.split())
    url = stores.redis_url.replace("redis://", "redis://hirelane:secret@")
    try:
        with Redis.from_url(url) as user:
            lanes = Lanes(user, "applications")
            for number in range(3):
                lanes.accept(AcceptRequest("ada", new_job(f"job-{number}")))
            assert serve_all(lanes) == ["job-0", "job-1", "job-2"]
            Reconciler(lanes).run(1)
            probe_redis(user, [lanes.keys.prefix])
            if access != MANAGED[0]:
                DurabilityProbe("valkey", lambda: user, "127.0.0.1", str).check()
            with pytest.raises(NoPermissionError):
                user.flushall()
        for command in CONNECTING:
            assert admin.execute_command("ACL", "DRYRUN", "hirelane", *command.split()) == b"OK"
        for command in DESTRUCTIVE:
            answer = admin.execute_command("ACL", "DRYRUN", "hirelane", *command.split())
            assert b"has no permissions" in answer, command
    finally:
        admin.execute_command("ACL", "DELUSER", "hirelane")
