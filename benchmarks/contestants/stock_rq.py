"""RQ, configured like its documentation recommends for speed in one process.

SimpleWorker, burst mode, quiet, JSON serializer, default lifetime of results (500 s), no scheduler,
one queue. It is timed from the start of the first job until the last one is settled, so the
registration and the shutdown of the worker do not count.
"""

from __future__ import annotations

import time
from typing import Any

from redis import Redis
from rq import Queue, SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer

from benchmarks.contest import Task, rate
from benchmarks.contestants import store
from benchmarks.contestants.rq_functions import noop, store_one
from benchmarks.payload import payload


class _TimedWorker(SimpleWorker):
    """RQ's worker, which records its first start, its last end and the number of jobs."""

    first_began = 0.0
    last_ended = 0.0
    executed = 0

    def execute_job(self, job: Job, queue: Queue) -> None:
        self.first_began = self.first_began or time.perf_counter()
        super().execute_job(job, queue)
        self.last_ended = time.perf_counter()
        self.executed += 1


def _queue(url: str) -> Queue:
    redis = Redis.from_url(url, single_connection_client=True)
    return Queue("bench", connection=redis, serializer=JSONSerializer)


def _work(queue: Queue) -> _TimedWorker:
    worker = _TimedWorker([queue], connection=queue.connection, serializer=JSONSerializer)
    worker.log_job_description = False
    worker.work(burst=True, logging_level="CRITICAL")
    return worker


def _fill(queue: Queue, function: Any, jobs: int) -> None:
    for start in range(0, jobs, 100):
        queue.enqueue_many(
            [
                Queue.prepare_data(function, kwargs=payload(number))
                for number in range(start, min(start + 100, jobs))
            ]
        )


def _drain(task: Task, function: Any) -> dict[str, Any]:
    _fill(_queue(task.redis_url), function, task.jobs)
    worker = _work(_queue(task.drain_url or task.redis_url))
    return rate(worker.executed, task.jobs, worker.last_ended - worker.first_began)


def drain_noop(task: Task) -> dict[str, Any]:
    """Drain jobs that do nothing."""
    return _drain(task, noop)


def drain_mongo(task: Task) -> dict[str, Any]:
    """Drain jobs that each insert one document."""
    store.configure(task.mongodb_uri)
    measured = _drain(task, store_one)
    store.check(task.jobs)
    return measured


def accept(task: Task) -> dict[str, Any]:
    """Enqueue jobs one by one."""
    queue = _queue(task.redis_url)
    queue.enqueue(noop, kwargs=payload(0))
    began = time.perf_counter()
    for number in range(task.jobs):
        queue.enqueue(noop, kwargs=payload(number))
    return rate(queue.count - 1, task.jobs, time.perf_counter() - began)


def accept_many(task: Task) -> dict[str, Any]:
    """Enqueue jobs in batches. The time includes preparing the jobs."""
    queue = _queue(task.redis_url)
    queue.enqueue(noop, kwargs=payload(0))
    began = time.perf_counter()
    for start in range(0, task.jobs, task.batch):
        queue.enqueue_many(
            [
                Queue.prepare_data(noop, kwargs=payload(number))
                for number in range(start, start + task.batch)
            ]
        )
    return rate(queue.count - 1, task.jobs, time.perf_counter() - began)


def fill(task: Task) -> dict[str, Any]:
    """Fill the queue, for measures of memory."""
    queue = _queue(task.redis_url)
    _fill(queue, noop, task.jobs)
    return {"jobs": queue.count}
