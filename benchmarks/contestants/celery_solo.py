"""Celery with the solo pool and Redis as broker, configured for speed.

Results are not stored, and a task is acknowledged before it runs (Celery's default), so it does
less than our queue and RQ. 100 messages are prefetched; gossip, mingle and heartbeats are off.
"""

from __future__ import annotations

import os
import time
from typing import Any

import msgspec
from celery import Celery

from benchmarks.contest import Task, rate
from benchmarks.payload import payload


def drain_noop(task: Task) -> dict[str, Any]:
    """Drain tasks that do nothing, timed from the start of the first to the start of the last."""
    app = Celery("bench", broker=task.redis_url)
    app.conf.update(
        task_ignore_result=True,
        worker_prefetch_multiplier=100,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        broker_connection_retry_on_startup=True,
    )
    done = 0
    began = 0.0

    def noop(**fields: Any) -> None:
        nonlocal done, began
        began = began or time.perf_counter()
        done += 1
        if done == task.jobs:
            measured = rate(done, task.jobs, time.perf_counter() - began)
            print(msgspec.json.encode(measured).decode(), flush=True)
            os._exit(0)  # because an orderly shutdown of the worker takes seconds

    function = app.task(name="noop")(noop)
    for number in range(task.jobs):
        function.apply_async(kwargs=payload(number))
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=CRITICAL"]
    app.worker_main(["--quiet", "worker", "--pool=solo", *quiet])
    return {}
