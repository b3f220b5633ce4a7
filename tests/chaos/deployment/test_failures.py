"""The deployed system while servers are down and workers are killed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import psutil
import pytest
from pymongo.database import Database

from chalicelib.queue import Limits, Shards
from tests.chaos.deployment.function_processes import function_processes
from tests.e2e.steps import follow, sweep
from tests.support.assertions import answers_within, wait_for
from tests.support.deployment import Deployment, Join
from tests.support.timing import PATIENCE_SECONDS, stretch

Publish = Callable[..., str]
BURSTS = 3 if "HIRELANE_KILLS" in os.environ else 1


def drain_processes(deployed: Deployment) -> list[psutil.Process]:
    """Return the processes of the applications drain."""
    return function_processes(deployed, ["hirelane-applications-local-drain"])


def test_killed_workers_lose_and_duplicate_nothing(
    deployed: Deployment, join: Join, publish: Publish, database: Database[dict[str, Any]]
) -> None:
    ada = join()
    ids = []
    killed = 0
    for number in range(20):
        ids.append(deployed.apply(ada, publish()).body["id"])
        if number % 5 == 4:
            # The first drain may still start. Later its lease may keep another one from starting.
            running = partial(drain_processes, deployed)
            for process in running() if killed else wait_for(running):
                process.kill()
                killed += 1
    # All drains were killed, also the standby drain. The schedule serves the remaining jobs; the
    # test runs it at once. The lease of a killed drain expires after 15 s.
    ends = time.monotonic() + PATIENCE_SECONDS
    while database["applications"].count_documents({"candidate_id": ada.id}) < len(ids):
        assert time.monotonic() < ends, "applications are missing"
        time.sleep(1)
        sweep(deployed, "applications")
    sweep(deployed, "mail")
    stored = [follow(deployed, ada, one)["stored"] for one in ids]
    assert stored == sorted(stored)
    assert database["applications"].count_documents({"candidate_id": ada.id}) == len(ids)
    assert len(deployed.confirmations_to(ada.email)) == len(ids)


def test_killed_drains_are_replaced_within_one_lease(
    deployed: Deployment,
    join: Join,
    publish: Publish,
    database: Database[dict[str, Any]],
    lanes: Shards,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """All drains are killed while they hold the lane, and nobody looks at the application."""
    ada = join()
    assert ada.token, "logged in while MongoDB still runs"
    waits = []
    for posting_id in [publish() for _ in range(BURSTS)]:
        deployed.stack.pause("mongodb")
        try:
            application = deployed.apply(ada, posting_id).body["id"]
            leases = lanes[0].keys.leases("applications")
            ends = time.monotonic() + PATIENCE_SECONDS
            while not lanes[0].redis.zcard(leases):
                assert time.monotonic() < ends, "no drain claimed the application"
                time.sleep(0.02)
            # Longer than it takes to wake the standby drain.
            time.sleep(1)
            for process in drain_processes(deployed):
                process.kill()
        finally:
            deployed.stack.resume("mongodb")
        killed_at = time.monotonic()
        while not database["applications"].count_documents({"_id": application}):
            assert time.monotonic() < killed_at + PATIENCE_SECONDS, "the application is missing"
            time.sleep(0.1)
        waits.append(time.monotonic() - killed_at)
    with capsys.disabled():
        print(f"\n  stored {', '.join(f'{wait:.1f}' for wait in waits)} s after all drains died")
    assert max(waits) <= Limits().lease + stretch(5)


@pytest.mark.parametrize("disturb", ["kill", "pause"])
def test_without_redis_no_application_is_accepted(
    deployed: Deployment, join: Join, publish: Publish, disturb: str
) -> None:
    ada, posting_id = join(), publish()
    assert deployed.apply(ada, publish()).status == 202  # warm
    getattr(deployed.stack, disturb)("valkey")
    try:
        answer = answers_within(1, lambda: deployed.apply(ada, posting_id))
        ready = deployed.call("GET", "/health/ready")
    finally:
        if disturb == "kill":
            deployed.stack.up()
        else:
            deployed.stack.resume("valkey")
    assert answer.status == 503
    assert answer.body["type"] == "urn:hirelane:problem:unavailable"
    assert int(answer.headers["retry-after"]) > 0
    assert ready.status == 503
    assert ready.body["checks"]["redis"]["ok"] is False
    assert ready.body["checks"]["mongodb"]["ok"] is True
    accepted = deployed.apply(ada, posting_id)
    assert accepted.status == 202
    follow(deployed, ada, accepted.body["id"])


def test_without_mongodb_applications_are_stored_later(
    deployed: Deployment, join: Join, publish: Publish
) -> None:
    ada, posting_id = join(), publish()
    assert ada.token, "logged in while MongoDB still runs"
    deployed.stack.kill("mongodb")
    try:
        accepted = deployed.apply(ada, posting_id)
        ready = deployed.call("GET", "/health/ready")
        time.sleep(3)  # long enough for a drain to try, and to release the lane
    finally:
        deployed.stack.up()
    assert accepted.status == 202
    assert ready.status == 503
    assert ready.body["checks"]["mongodb"]["ok"] is False
    ends = time.monotonic() + PATIENCE_SECONDS
    while (
        deployed.call("GET", f"/v1/applications/{accepted.body['id']}", token=ada.token).body[
            "status"
        ]
        == "accepted"
    ):
        assert time.monotonic() < ends, "the application is not stored"
        time.sleep(1)
        sweep(deployed, "applications")
    sweep(deployed, "mail")
    follow(deployed, ada, accepted.body["id"])
    assert len(deployed.confirmations_to(ada.email)) == 1
