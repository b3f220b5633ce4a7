"""The reconciler: counts of jobs by location, and repairs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import Any

import pytest
from redis import Redis
from rq import Queue
from rq.job import JobStatus
from rq.serializers import JSONSerializer

from chalicelib.queue import AcceptRequest, Lanes, Limits, NewJob
from chalicelib.queue.admin import DeadLetters, Reconciler, ReconcileReport
from chalicelib.queue.worker import Dead, Done, Leases, Retry
from tests.support.lanes import (
    Accept,
    claimed,
    fetch,
    new_job,
    pass_time,
    serve_all,
    settle,
)
from tests.support.timing import PATIENCE_SECONDS


def reconcile(lanes: Lanes) -> ReconcileReport:
    report = Reconciler(lanes).run(60)
    assert report is not None
    return report


@pytest.fixture
def one_of_each(lanes: Lanes, accept: Accept) -> ReconcileReport:
    """Put one job into each location. Return the report that the reconciler must give."""
    for owner in ("done", "dead", "leased", "delayed", "waiting"):
        lanes.limits = Limits(batch_size=1)
        accept(owner, f"job-{owner}")
        match owner:
            case "done":
                settle(lanes, Leases(lanes).claim("drain"), Done({"n": 1}))
            case "dead":
                settle(lanes, Leases(lanes).claim("drain"), Dead("no"))
            case "delayed":
                settle(lanes, Leases(lanes).claim("drain"), Retry(delay=30))
            case "leased":
                Leases(lanes).claim("drain")
    Lanes(lanes.redis, "mail").accept(AcceptRequest("ada", new_job("mail")))
    return ReconcileReport(waiting=1, leased=1, delayed=1, dead=1, done=1)


@pytest.mark.cluster
def test_report_counts_each_job_once(lanes: Lanes, one_of_each: ReconcileReport) -> None:
    assert reconcile(lanes) == one_of_each
    assert reconcile(lanes).repaired == 0


@pytest.mark.cluster
def test_pass_may_take_several_runs(lanes: Lanes, accept: Accept) -> None:
    for n in range(3000):
        accept(f"candidate-{n}", f"job-{n}")
    runs = 0
    while (report := Reconciler(lanes).run(0)) is None:
        runs += 1
        # A pass that nobody continues is forgotten.
        assert 3500 < lanes.redis.ttl(lanes.keys.reconciler(lanes.kind)) <= 3600
    assert runs > 1
    assert report == ReconcileReport(waiting=3000)
    assert reconcile(lanes) == ReconcileReport(waiting=3000)  # a new pass starts at zero


def test_job_enqueued_by_rq_is_scheduled(lanes: Lanes, stock: Redis) -> None:
    queue = Queue("applications:ada", connection=stock, serializer=JSONSerializer)
    job = queue.enqueue("tests.support.jobs.remember", job="a1")
    assert Leases(lanes).claim("drain").lanes == ()
    assert reconcile(lanes) == ReconcileReport(waiting=1, unscheduled=1)
    claim = Leases(lanes).claim("drain")
    assert [(found.id, found.kwargs()) for found in claim.jobs] == [(job.id, {"job": "a1"})]


def test_lost_job_returns_to_its_lane(lanes: Lanes, accept: Accept, stock: Redis) -> None:
    """After a restart of the store without its last writes, or the death of a stock worker."""
    accept("ada", "a1")
    accept("ada", "a2")
    stock.lrem("{hl0}:queue:applications:ada", 1, "a1")
    assert reconcile(lanes) == ReconcileReport(waiting=2, lost=1)
    assert claimed(Leases(lanes).claim("drain")) == ["a2", "a1"]


def test_lane_that_lost_its_list_is_restored(lanes: Lanes, accept: Accept, stock: Redis) -> None:
    accept("ada", "a1")
    stock.delete("{hl0}:queue:applications:ada", "{hl0}:queues")
    report = reconcile(lanes)
    assert (report.waiting, report.lost, report.empty) == (1, 1, 1)
    assert claimed(Leases(lanes).claim("drain")) == ["a1"]


@pytest.mark.parametrize("registry", ["finished", "failed"])
def test_settled_job_returns_to_its_registry(
    registry: str, lanes: Lanes, accept: Accept, stock: Redis
) -> None:
    accept("ada", "a1")
    settle(lanes, Leases(lanes).claim("drain"), Done() if registry == "finished" else Dead("no"))
    stock.delete(f"{{hl0}}:{registry}:applications:ada", "{hl0}:dead:applications")
    assert reconcile(lanes).lost == 1
    assert stock.zcard(f"{{hl0}}:{registry}:applications:ada") == 1
    assert DeadLetters(lanes).count() == int(registry == "failed")


@pytest.mark.parametrize("done", [True, False])
def test_job_in_two_locations_stays_where_its_status_says(
    *, done: bool, lanes: Lanes, accept: Accept, stock: Redis
) -> None:
    accept("ada", "a1")
    if done:
        settle(lanes, Leases(lanes).claim("drain"), Done())
        stock.rpush("{hl0}:queue:applications:ada", "a1")
    else:
        stock.zadd("{hl0}:finished:applications:ada", {"a1": 2e9})
    report = reconcile(lanes)
    assert report.duplicated == 1
    assert (report.done, report.waiting) == (int(done), int(not done))
    assert len(Leases(lanes).claim("drain").jobs) == int(not done)


def test_lane_in_two_places_stays_leased(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "a1")
    Leases(lanes).claim("drain")
    lanes.redis.zadd(lanes.ring, {"applications:ada": 1})
    lanes.redis.zadd(lanes.keys.delayed(lanes.kind), {"applications:ada": 1})
    report = reconcile(lanes)
    assert (report.misplaced, report.leased) == (2, 1)
    assert Leases(lanes).claim("other").lanes == ()


STARTED = "{hl0}:wip:applications:ada"
TAKEN = "{hl0}:queue:applications:ada:intermediate"


@pytest.fixture
def with_a_worker(accept: Accept, stock: Redis) -> None:
    """A stock worker runs a1 and has just taken a2."""
    for job_id in ("a1", "a2"):
        accept("ada", job_id)
        stock.lrem("{hl0}:queue:applications:ada", 1, job_id)
    stock.hset("{hl0}:job:a1", "status", "started")
    stock.zadd(STARTED, {"a1:of-this-worker": time.time() + 60})
    stock.rpush(TAKEN, "a2")


@pytest.mark.usefixtures("with_a_worker")
def test_job_of_a_live_stock_worker_is_left_alone(lanes: Lanes) -> None:
    for _ in range(2):
        report = reconcile(lanes)
        assert (report.elsewhere, report.lost) == (2, 0)


@pytest.mark.usefixtures("with_a_worker")
def test_job_of_a_dead_stock_worker_returns_to_its_lane(lanes: Lanes, stock: Redis) -> None:
    # The entry of another job, whose id starts with the same text, does not count.
    stock.zadd(STARTED, {"a1:of-this-worker": time.time() - 1, "a11:other": time.time() + 60})
    report = reconcile(lanes)
    assert (report.elsewhere, report.waiting, report.lost) == (1, 1, 1)
    stock.set(f"{TAKEN}:first_seen:a2", str(time.time() - 61))
    report = reconcile(lanes)
    assert (report.elsewhere, report.waiting, report.lost) == (0, 2, 1)
    assert {fetch(stock, job_id).get_status() for job_id in ("a1", "a2")} == {JobStatus.QUEUED}
    assert serve_all(lanes) == ["a1", "a2"]
    assert stock.zrange(STARTED, 0, -1) == [b"a11:other"]
    assert stock.exists(TAKEN, f"{TAKEN}:first_seen:a2") == 0


def test_dependency_keys_of_rq_are_not_jobs(lanes: Lanes, stock: Redis) -> None:
    queue = Queue("applications:ada", connection=stock, serializer=JSONSerializer)
    first = queue.enqueue("f", job_id="first")
    queue.enqueue("f", job_id="second", depends_on=first)
    stock.hset("{hl0}:job:first:of-a-later-rq", "origin", "applications:ada")
    report = reconcile(lanes)
    assert (report.waiting, report.elsewhere, report.lost) == (1, 1, 0)


def test_job_of_a_killed_stock_worker_returns_to_its_lane(
    lanes: Lanes, accept: Accept, stock: Redis
) -> None:
    """Runs RQ's command line, and kills the worker and the process of its job."""
    lanes.accept(AcceptRequest("ada", NewJob("a1", "time.sleep", {"secs": 60}, "a long one")))
    lanes.redis.hset("{hl0}:job:a1", "data", b'["time.sleep", null, [60], {}]')
    at = stock.connection_pool.connection_kwargs
    command = [
        *(sys.executable, "-m", "rq.cli", "worker", "--quiet"),
        *("--serializer", "rq.serializers.JSONSerializer"),
        *("--url", f"redis://{at['host']}:{at['port']}", "applications:ada"),
    ]
    worker = subprocess.Popen(
        command, env=os.environ | {"RQ_KEY_PREFIX": "{hl0}"}, start_new_session=True
    )
    try:
        ends = time.monotonic() + PATIENCE_SECONDS
        while fetch(stock, "a1").get_status() is not JobStatus.STARTED:
            assert time.monotonic() < ends
            time.sleep(0.05)
        assert reconcile(lanes).elsewhere == 1
    finally:
        # The process of the job has its own process group. It would write its result to the server
        # during a later test.
        found = subprocess.run(["pgrep", "-P", str(worker.pid)], capture_output=True, check=False)
        os.killpg(worker.pid, signal.SIGKILL)
        for child in found.stdout.split():
            os.kill(int(child), signal.SIGKILL)
        worker.wait()
    assert reconcile(lanes).elsewhere == 1  # the worker does not count as dead yet
    entries: Any = stock.zrangebyscore(STARTED, time.time(), "inf")
    stock.zadd(STARTED, {entries[0]: time.time() - 1})  # as some minutes later
    assert reconcile(lanes).lost == 1
    assert serve_all(lanes) == ["a1"]


def test_dead_letter_requeued_by_rq_is_not_dead(lanes: Lanes, accept: Accept, stock: Redis) -> None:
    accept("ada", "a1")
    settle(lanes, Leases(lanes).claim("drain"), Dead("no"))
    queue = Queue("applications:ada", connection=stock, serializer=JSONSerializer)
    queue.failed_job_registry.requeue("a1")
    report = reconcile(lanes)
    assert (report.waiting, report.dead, report.unscheduled) == (1, 0, 1)
    assert DeadLetters(lanes).count() == 0
    pass_time(lanes, 60)
    assert claimed(Leases(lanes).claim("drain")) == ["a1"]
