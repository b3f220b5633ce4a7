"""RQ's classes, worker and tools read the data of the lanes, and the lanes read the data of RQ."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from redis import Redis
from rq import Queue, SimpleWorker, Worker
from rq.job import JobStatus
from rq.registry import FailedJobRegistry, FinishedJobRegistry
from rq.results import Result
from rq.serializers import JSONSerializer

from chalicelib.queue import AcceptRequest, Lanes, Shards
from chalicelib.queue.admin import Reconciler
from chalicelib.queue.rq.job import ClaimedJob
from chalicelib.queue.worker import (
    Dead,
    Done,
    DrainResult,
    FollowUp,
    JobFailed,
    Leases,
    Outcome,
    Retry,
    Skip,
    drain,
    read_arguments,
    run_current_job,
)
from tests.support.lanes import (
    Accept,
    FunctionHandler,
    RecordingObserver,
    RecordingWaker,
    claimed,
    fetch,
    new_job,
    settle,
)

if TYPE_CHECKING:
    from flask.testing import FlaskClient

LANE = "applications:ada"


def queue(stock: Redis, **options: Any) -> Queue:
    return Queue(LANE, connection=stock, serializer=JSONSerializer, **options)


def rq(stock: Redis, *arguments: str) -> str:
    """Run RQ's command line like a user. Returns its output."""
    at = stock.connection_pool.connection_kwargs
    url = f"redis://{at['host']}:{at['port']}"
    finished = subprocess.run(
        [sys.executable, "-m", "rq.cli", *arguments, "--url", url],
        env=os.environ | {"RQ_KEY_PREFIX": "{hl0}", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout + finished.stderr


def drain_all(lanes: Lanes, observer: RecordingObserver, *, handler: Any) -> DrainResult:
    return drain(
        Leases(lanes),
        FunctionHandler(handler),
        drain_id="drain",
        remaining=lambda: 60.0,
        waker=RecordingWaker(),
        observer=observer,
    )


def test_job_fetch_reads_a_waiting_job(accept: Accept, stock: Redis) -> None:
    accepted = accept("ada", "a1")
    job = fetch(stock, "a1")
    assert job.get_status() is JobStatus.QUEUED
    assert (job.func_name, job.kwargs) == (
        "tests.support.jobs.remember",
        {"job": "a1"},
    )
    assert (job.origin, job.description, job.timeout) == (LANE, "a test's job", 60)
    assert job.enqueued_at is not None
    assert abs(job.enqueued_at - accepted.accepted_at) < timedelta(milliseconds=1)
    assert job.get_position() == 0


def test_rq_queue_lists_the_jobs_of_a_lane(accept: Accept, stock: Redis) -> None:
    for job_id in ("a1", "a2"):
        accept("ada", job_id)
    assert Queue.all(connection=stock) == [queue(stock)]
    assert (queue(stock).job_ids, queue(stock).count) == (["a1", "a2"], 2)


def test_rq_reads_results_and_the_finished_registry(
    lanes: Lanes, accept: Accept, stock: Redis
) -> None:
    accept("ada", "a1")
    settle(lanes, Leases(lanes).claim("drain"), Done({"stored": "a1"}))
    job = fetch(stock, "a1")
    assert (job.get_status(), job.return_value()) == (JobStatus.FINISHED, {"stored": "a1"})
    assert job.ended_at is not None
    result = job.latest_result()
    assert result is not None
    assert result.type is Result.Type.SUCCESSFUL
    registry = FinishedJobRegistry(LANE, connection=stock, serializer=JSONSerializer)
    assert registry.get_job_ids() == ["a1"]
    assert Queue.all(connection=stock) == []


def test_dead_letters_are_in_the_failed_registry(
    lanes: Lanes, accept: Accept, stock: Redis
) -> None:
    accept("ada", "a1")
    accept("ada", "a2")
    settle(lanes, Leases(lanes).claim("drain"), Dead("ValueError: no"), Done())
    assert fetch(stock, "a1").get_status() is JobStatus.FAILED
    result = fetch(stock, "a1").latest_result()
    assert result is not None
    assert (result.type, result.exc_string) == (Result.Type.FAILED, "ValueError: no")
    registry = FailedJobRegistry(LANE, connection=stock, serializer=JSONSerializer)
    assert registry.get_job_ids() == ["a1"]
    assert fetch(stock, "a2").get_status() is JobStatus.FINISHED


def test_rq_info_counts_waiting_jobs(accept: Accept, stock: Redis) -> None:
    for job_id in ("a1", "a2"):
        accept("ada", job_id)
    output = rq(stock, "info", "--raw", "--only-queues")
    assert f"queue {LANE} 2" in output


@pytest.mark.cluster
def test_stock_worker_runs_an_accepted_job(accept: Accept, lanes: Lanes, stock: Redis) -> None:
    """With RQ's command line, in a process that forks."""
    for job_id in ("a1", "a2"):
        accept("ada", job_id)
    rq(stock, "worker", "--burst", "--serializer", "rq.serializers.JSONSerializer", LANE)
    assert [fetch(stock, job_id).return_value() for job_id in ("a1", "a2")] == [
        "remembered a1",
        "remembered a2",
    ]
    assert Leases(lanes).claim("drain").lanes == ()


def test_stock_worker_and_drain_may_share_a_lane(
    accept: Accept, lanes: Lanes, stock: Redis
) -> None:
    """The job that the worker took is not settled again, and the lane continues."""
    accept("ada", "a1")
    claim = Leases(lanes).claim("drain")
    worker = SimpleWorker([queue(stock)], connection=stock, serializer=JSONSerializer)
    worker.work(burst=True, logging_level="ERROR")
    accept("ada", "a2")
    assert stock.zscore("{hl0}:ring:applications", LANE) is None  # the lane is still leased
    settle(lanes, claim, Done("ours"))
    assert fetch(stock, "a1").return_value() == "remembered a1"
    assert claimed(Leases(lanes).claim("drain")) == ["a2"]
    assert len(Worker.all(connection=stock)) == 0


def test_follow_up_under_a_stock_worker_registers_no_drain(
    lanes: Lanes, accept: Accept, stock: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stock worker cannot wake a drain, so no drain may count as running."""
    accept("ada", "a1")
    monkeypatch.setattr("rq.get_current_job", lambda: fetch(stock, "a1"))
    done = Done("stored", (FollowUp("mail", "ada", new_job("mail-a1")),))
    result = run_current_job(
        FunctionHandler(lambda jobs: [done]), lambda kind: Shards(lanes.redis, kind)
    )
    mail = Lanes(lanes.redis, "mail")
    assert (result, mail.find("mail-a1") is None) == ("stored", False)
    assert mail.accept(AcceptRequest("bob", new_job("mail-b1"))).wake is not None


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (Retry("slow"), "slow"),
        (Dead("broken"), "broken"),
        (Skip(), "the handler did not start the job"),
    ],
)
def test_job_that_is_not_done_fails_under_a_stock_worker(
    outcome: Outcome,
    reason: str,
    lanes: Lanes,
    accept: Accept,
    stock: Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    accept("ada", "a1")
    monkeypatch.setattr("rq.get_current_job", lambda: fetch(stock, "a1"))
    with pytest.raises(JobFailed, match=reason):
        run_current_job(
            FunctionHandler(lambda jobs: [outcome]), lambda kind: Shards(lanes.redis, kind)
        )


def test_drain_runs_a_job_enqueued_by_rq(lanes: Lanes, stock: Redis) -> None:
    jobs = [
        queue(stock).enqueue("some.function", kwargs={"n": n}, meta={"correlation_id": "c"})
        for n in range(3)
    ]
    long = queue(stock).enqueue("some.function", kwargs={"n": 3, "text": "é" * 5000})
    Reconciler(lanes).run(60)
    observer = RecordingObserver()

    def handler(claimed: list[ClaimedJob]) -> list[Outcome]:
        return [Done(job.kwargs()["n"]) for job in claimed]

    assert drain_all(lanes, observer, handler=handler).applied == 4
    assert observer.done == [*(job.id for job in jobs), long.id]
    assert [fetch(stock, job_id).return_value() for job_id in observer.done] == [0, 1, 2, 3]


def test_pickled_job_dies_without_being_loaded(
    lanes: Lanes, stock: Redis, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    evil = tmp_path / "loaded"
    pickled = Queue(LANE, connection=stock)  # RQ's own default serializer
    job = pickled.enqueue("some.function", args=(_Evil(str(evil)),))
    Reconciler(lanes).run(60)
    observer = RecordingObserver()

    def handler(claimed: list[ClaimedJob]) -> list[Outcome]:
        _, outcomes = read_arguments(claimed, dict[str, Any])
        return [outcomes[job.id] for job in claimed]

    drain_all(lanes, observer, handler=handler)
    assert observer.outcomes == [
        (job.id, Dead(f"UnreadableJob: the data of job {job.id} is not RQ's JSON"))
    ]
    assert not evil.exists()


class _Evil:
    """Writes a file when it is unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (open, (self.path, "w"))


@pytest.fixture
def dashboard(stock: Redis, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    """A client of rq-dashboard, set up like `rq-dashboard --json-serializer`."""
    at = stock.connection_pool.connection_kwargs
    # Imported here, because it takes half a second, and all workers collect this module.
    import rq_dashboard.web
    from rq_dashboard.cli import make_flask_app

    monkeypatch.setattr(rq_dashboard.web.config, "serializer", JSONSerializer)
    app = make_flask_app(None, None, None, "")
    app.config["RQ_DASHBOARD_REDIS_URL"] = [f"redis://{at['host']}:{at['port']}"]
    rq_dashboard.web.setup_rq_connection(app)
    with app.test_client() as client:
        yield client


def test_rq_dashboard_shows_lanes_jobs_and_dead_letters(
    lanes: Lanes, accept: Accept, dashboard: FlaskClient
) -> None:
    accept("ada", "a1")
    settle(lanes, Leases(lanes).claim("drain"), Dead("ValueError: no"))
    accept("ada", "a2")
    queues: Any = dashboard.get("/0/data/queues.json").get_json()
    [shown] = queues["queues"]
    assert (shown["name"], shown["count"]) == (LANE, 1)
    assert shown["failed_job_registry_count"] == 1
    waiting: Any = dashboard.get(f"/0/data/jobs/{LANE}/queued/8/asc/1.json").get_json()
    assert [job["id"] for job in waiting["jobs"]] == ["a2"]
    dead: Any = dashboard.get(f"/0/data/jobs/{LANE}/failed/8/asc/1.json").get_json()
    assert [job["id"] for job in dead["jobs"]] == ["a1"]
    job: Any = dashboard.get("/0/data/job/a1.json").get_json()
    assert (job["status"], job["exc_info"]) == ("failed", "ValueError: no")
