"""Drills: each breaks the local stack, and mends it by the commands of a runbook.

`make drills` runs them. A drill ends as it began, so it can be run again at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from pymongo.database import Database

from chalicelib.common.ids import new_id
from chalicelib.queue import AcceptRequest, Lanes, NewJob, Shards
from chalicelib.queue.admin import Pauses, read_counts
from chalicelib.queue.worker import Dead, Leases
from infrastructure.local.deploy.deployment import MAIL_DOMAIN, SENDER
from tests.drills.stand import DrillStand
from tests.e2e.steps import follow, sweep
from tests.support.assertions import wait_for
from tests.support.deployment import Candidate, Deployment, Join, Publish

pytestmark = pytest.mark.nightly

Break = Callable[[str], DrillStand]
OLD = "2026-01-01T00:00:00.000000Z"
# A minute of the schedule, and the time of a sweep.
SCHEDULE_SECONDS = 66


@pytest.fixture
def stand(deployed: Deployment) -> Break:
    return partial(DrillStand, deployed)


@pytest.fixture
def ada(join: Join) -> Candidate:
    candidate = join()
    assert candidate.token, "logged in while everything works"
    return candidate


def apply(deployed: Deployment, candidate: Candidate, posting: str) -> str:
    answer = deployed.apply(candidate, posting)
    assert answer.status == 202, answer
    application: str = answer.body["id"]
    return application


def mail_of(lanes: Shards) -> Shards:
    return Shards(lanes[0].redis, "mail")


def make_old(lanes: Lanes) -> None:
    """Let all jobs that wait be old."""
    redis = lanes.redis
    for lane in redis.zrange(lanes.ring, 0, -1):
        for job in redis.lrange(lanes.keys.queue(lane.decode()), 0, -1):
            redis.hset(lanes.keys.job(job.decode()), "created_at", OLD)


def test_redis_unavailable(
    deployed: Deployment, stand: Break, ada: Candidate, publish: Publish, lanes: Shards
) -> None:
    # A drain that works all the time, as in production, reports it; a new one fails at its start.
    follow(deployed, ada, apply(deployed, ada, publish()))
    Pauses(lanes).pause("drains")
    waits = apply(deployed, ada, publish())
    Pauses(lanes).resume("drains")
    drill = stand("redis-unavailable")
    posting = publish()
    deployed.stack.kill("valkey")
    assert deployed.apply(ada, posting).status == 503
    deployed.aws("lambda").invoke(
        FunctionName="hirelane-applications-local-drain", InvocationType="Event", Payload=b"{}"
    )
    drill.wait_for_metric("drain_interrupted", kind="applications")
    drill.follow_runbook()
    follow(deployed, ada, waits)
    follow(deployed, ada, apply(deployed, ada, posting))


def test_mongodb_unavailable(
    deployed: Deployment, stand: Break, ada: Candidate, publish: Publish
) -> None:
    posting = publish()
    drill = stand("mongodb-unavailable")
    deployed.stack.kill("mongodb")
    waits = apply(deployed, ada, posting)
    drill.wait_for_metric("batch_failed", kind="applications")
    drill.follow_runbook()
    follow(deployed, ada, waits)


def test_dead_letters(
    deployed: Deployment, stand: Break, ada: Candidate, publish: Publish, lanes: Shards
) -> None:
    drill = stand("dead-letters")
    Pauses(lanes).pause("drains")
    good = apply(deployed, ada, publish())
    hopeless = NewJob(new_id(), "chalicelib.jobs.missing", {}, "a job of another version")
    lanes.of("nobody").accept(AcceptRequest("nobody", hopeless))
    Pauses(lanes).resume("drains")
    claim = Leases(lanes[0]).claim("drain")
    outcomes = [[Dead("the cause was fixed since")] * len(lane.jobs) for lane in claim.lanes]
    Leases(lanes[0]).settle(claim, outcomes)
    lanes[0].retire("drain")
    drill.wait_for_metric(
        "jobs_dead", kind="applications", again=lambda: sweep(deployed, "applications")
    )
    drill.follow_runbook(JOB=hopeless.id)
    follow(deployed, ada, good)


def test_wake_failed(deployed: Deployment, stand: Break, ada: Candidate, publish: Publish) -> None:
    drill = stand("wake-failed")
    deployed.aws("lambda").delete_function(FunctionName="hirelane-mail-local-drain")
    application = apply(deployed, ada, publish())
    drill.wait_for_metric("wake_failed", kind="mail")
    drill.follow_runbook()
    follow(deployed, ada, application)


def test_drains_failing(
    deployed: Deployment, stand: Break, ada: Candidate, publish: Publish, lanes: Shards
) -> None:
    # A drain of another drill would store the application with the former setting.
    wait_for(lambda: read_counts(lanes[0]).drains, lambda drains: drains == 0)
    drill = stand("drains-failing")
    client = deployed.aws("lambda")
    name = "hirelane-applications-local-drain"
    settings = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    wrong = {**settings, "HIRELANE_BURST_SIZE": "many"}
    client.update_function_configuration(FunctionName=name, Environment={"Variables": wrong})
    client.get_waiter("function_updated_v2").wait(FunctionName=name)
    # A sweep, which has the right settings, may store an application before its drain fails.
    waits = []
    drill.wait_for_metric(
        "drain_replaced",
        kind="applications",
        again=lambda: waits.append(apply(deployed, ada, publish())),
    )
    drill.follow_runbook()
    for application in waits:
        follow(deployed, ada, application)


def test_backlog(
    deployed: Deployment, stand: Break, ada: Candidate, publish: Publish, lanes: Shards
) -> None:
    drill = stand("backlog")
    Pauses(lanes).pause("drains", "forgotten")
    application = apply(deployed, ada, publish())
    make_old(lanes[0])
    drill.wait_for_metric(
        "oldest_waiting",
        above=120,
        kind="applications",
        again=lambda: sweep(deployed, "applications"),
    )
    drill.follow_runbook()
    follow(deployed, ada, application)


def test_mail_delayed(
    deployed: Deployment, stand: Break, ada: Candidate, publish: Publish, lanes: Shards
) -> None:
    drill = stand("mail-delayed")
    mail = mail_of(lanes)
    Pauses(mail).pause("drains", "forgotten")
    application = apply(deployed, ada, publish())
    follow(deployed, ada, application, until="stored")
    make_old(mail[0])
    drill.wait_for_metric(
        "oldest_waiting", above=900, kind="mail", again=lambda: sweep(deployed, "mail")
    )
    drill.follow_runbook()
    follow(deployed, ada, application)


def test_paused(
    deployed: Deployment, stand: Break, ada: Candidate, publish: Publish, lanes: Shards
) -> None:
    drill = stand("paused")
    posting = publish()
    Pauses(lanes).pause("intake", "forgotten")
    Pauses(lanes).pause("drains", "forgotten")
    refused = deployed.apply(ada, posting)
    assert (refused.status, refused.body["type"]) == (503, "urn:hirelane:problem:intake-paused")
    for name in ("intake_paused", "drains_paused"):
        drill.wait_for_metric(
            name, kind="applications", again=lambda: sweep(deployed, "applications")
        )
    drill.follow_runbook()
    follow(deployed, ada, apply(deployed, ada, posting))


def test_queue_repaired(
    deployed: Deployment, stand: Break, ada: Candidate, publish: Publish, lanes: Shards
) -> None:
    drill = stand("queue-repaired")
    Pauses(lanes).pause("drains")
    application = apply(deployed, ada, publish())
    lanes[0].redis.delete(lanes[0].ring)
    Pauses(lanes).resume("drains")
    drill.wait_for_metric(
        "repaired", kind="applications", again=lambda: sweep(deployed, "applications")
    )
    drill.follow_runbook()
    follow(deployed, ada, application)


def test_accepted_log(
    deployed: Deployment,
    stand: Break,
    ada: Candidate,
    publish: Publish,
    database: Database[dict[str, Any]],
) -> None:
    posting = publish()
    application = apply(deployed, ada, posting)
    follow(deployed, ada, application)
    drill = stand("accepted-log")
    database["applications"].delete_one({"_id": application})
    drill.wait_for_metric("equation_unbalanced", again=lambda: sweep(deployed, "applications"))
    drill.follow_runbook(POSTING=posting)


def test_ses_unavailable(
    deployed: Deployment, stand: Break, ada: Candidate, publish: Publish
) -> None:
    drill = stand("ses-unavailable")
    for identity in (MAIL_DOMAIN, SENDER):
        deployed.aws("ses").delete_identity(Identity=identity)
    application = apply(deployed, ada, publish())
    drill.wait_for_metric("ses_unavailable")
    drill.follow_runbook()
    follow(deployed, ada, application)


def test_sweep_tasks_failed(
    deployed: Deployment, stand: Break, database: Database[dict[str, Any]]
) -> None:
    drill = stand("sweep-tasks-failed")
    database["accepted_log"].delete_one({"_id": "beginning"})
    drill.wait_for_metric("sweep_task_failed", again=lambda: sweep(deployed, "applications"))
    assert drill.has_metric("equation_sweep_failed")
    drill.follow_runbook()
    drill.restart()
    sweep(deployed, "applications")
    wait_for(lambda: drill.has_metric("oldest_waiting"))
    assert not drill.has_metric("sweep_task_failed")


def test_sweep_missing(deployed: Deployment, stand: Break) -> None:
    """It waits for two minutes of the schedule, which is what the alarm is about."""
    events = deployed.aws("events")
    [(rule, target_id)] = [
        (rule["Name"], target["Id"])
        for rule in events.list_rules()["Rules"]
        for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
        if target["Arn"].endswith("hirelane-applications-local-sweep")
    ]
    # LocalStack runs disabled rules, too.
    events.remove_targets(Rule=rule, Ids=[target_id])
    # A sweep that had begun ends.
    time.sleep(5)
    drill = stand("sweep-missing")
    time.sleep(SCHEDULE_SECONDS)
    kinds = {line["kind"] for line in drill.lines_of("oldest_waiting")}
    assert kinds == {"mail"}, "the other worker's schedule still runs"
    drill.follow_runbook()
    drill.restart()
    drill.wait_for_metric("oldest_waiting", above=-1, kind="applications")
