"""Dramatiq with one worker thread and Redis as broker; results are not stored.

It is timed from the start of the first message to the start of the last one, with the default
middleware.
"""

from __future__ import annotations

import os
import threading
import time
from typing import Any

PREFETCH = 100
os.environ["dramatiq_queue_prefetch"] = str(PREFETCH)  # noqa: SIM112 - read at import

import dramatiq  # noqa: E402
from dramatiq.brokers.redis import RedisBroker  # noqa: E402

from benchmarks.contest import Task, rate  # noqa: E402
from benchmarks.payload import payload  # noqa: E402


def drain_noop(task: Task) -> dict[str, Any]:
    """Drain messages that do nothing."""
    broker = RedisBroker(url=task.redis_url)  # type: ignore[no-untyped-call]
    dramatiq.set_broker(broker)
    done = 0
    began = ended = 0.0
    all_done = threading.Event()

    def noop(**fields: Any) -> None:
        nonlocal done, began, ended
        began = began or time.perf_counter()
        done += 1
        if done == task.jobs:
            ended = time.perf_counter()
            all_done.set()

    actor = dramatiq.actor(broker=broker)(noop)
    for number in range(task.jobs):
        actor.send(**payload(number))
    worker = dramatiq.Worker(broker, worker_threads=1)
    worker.start()
    all_done.wait(300)
    worker.stop()
    return rate(done, task.jobs, ended - began)
