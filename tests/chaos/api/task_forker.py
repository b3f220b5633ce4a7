"""The parent of processes that do tasks until they are killed.

The parent imports everything once and has one thread, so forking is fast and safe.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable

from chalicelib.bootstrap.container import Container
from chalicelib.bootstrap.sweep_task import SweepTask
from chalicelib.bootstrap.worker import Worker
from chalicelib.queue import Limits, Shards
from tests.support.lambda_context import LambdaContext

LIMITS = Limits(lease=1.0, start_timeout=0.3, idle_timeout=0.0)


def fork_tasks(run: Callable[[str, int], None]) -> None:
    """Say that the parent is ready; start and kill processes until stdin closes, then kill all.

    Each line of stdin is the number of a process and its task, or ``kill``.

    Args:
        run: does a task in a process with a number.
    """
    print("ready", flush=True)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    pids: dict[str, int] = {}
    try:
        for line in sys.stdin:
            number, task = line.split()
            if task == "kill":
                _stop(pids.pop(number))
                continue
            pids[number] = os.fork()
            if pids[number] == 0:
                pids.clear()
                run(task, int(number))
                os._exit(0)
    finally:
        for pid in pids.values():
            _stop(pid)


def work(parts: Container, task: SweepTask, pause_seconds: float) -> None:
    """Do the work of the applications function and a task of its schedule, again and again."""
    lanes = Shards(parts.redis, "applications", limits=LIMITS)
    worker = Worker(
        parts,
        "applications",
        lambda: parts.recruiting.job_handler,
        "stored",
        lanes=lambda: lanes,
        tasks=[task],
    )
    while True:
        worker.sweep(LambdaContext())
        time.sleep(pause_seconds)


def _stop(pid: int) -> None:
    """Kill a process, which may have ended."""
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
