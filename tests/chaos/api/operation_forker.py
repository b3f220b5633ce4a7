"""The parent of processes that start, sweep and carry out a bulk operation.

Usage: operation_forker.py SETTINGS, with ``Settings`` as JSON. Each line of stdin is the number of
a process and its task: ``start`` or ``work``, or ``kill``. The parent imports everything once and
has one thread, so forking is fast and safe. It says when it is ready. When stdin
closes, it kills its processes and exits.
"""

from __future__ import annotations

import os
import signal
import sys
import time

import msgspec

from chalicelib.bootstrap.container import Container
from chalicelib.bootstrap.sweep_task import SweepTask
from chalicelib.bootstrap.worker import Worker
from chalicelib.common.ids import IdempotencyKey
from chalicelib.queue import Limits, Shards
from chalicelib.recruiting.bulk import result_service, selection, service, sweeper
from chalicelib.recruiting.bulk.models import OperationRequest, Origin
from tests.integration.recruiting.pipelines import RECRUITER
from tests.support.lambda_context import LambdaContext
from tests.support.lanes import RecordingWaker

# A container imports these on their first use, which would take each process a while.
PRELOADED = (result_service, selection, service, sweeper)
ORIGIN = Origin("-", IdempotencyKey("bulk", "-"))
LIMITS = Limits(lease=1.0, start_timeout=0.3, idle_timeout=0.0)
PAUSE_SECONDS = 0.05


class Settings(msgspec.Struct):
    """The secrets by name, and the request of the operation."""

    secrets: dict[str, str]
    request: OperationRequest


def main() -> None:
    """Start and kill processes until stdin closes."""
    settings = msgspec.json.decode(sys.argv[1], type=Settings)
    print("ready", flush=True)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    pids: dict[str, int] = {}
    try:
        for line in sys.stdin:
            number, task = line.split()
            if task == "kill":
                stop(pids.pop(number))
                continue
            pids[number] = os.fork()
            if pids[number] == 0:
                pids.clear()
                run(settings, task)
                os._exit(0)
    finally:
        for pid in pids.values():
            stop(pid)


def stop(pid: int) -> None:
    """Kill a process, which may have ended."""
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def run(settings: Settings, task: str) -> None:
    """Start the operation, or do the work of the schedule until this process is killed."""
    parts = Container("api", read_secret=settings.secrets.__getitem__)
    parts.override(waker=RecordingWaker())
    if task == "start":
        parts.bulk.bulk_service.start(RECRUITER, settings.request, ORIGIN)
        return
    lanes = Shards(parts.redis, "applications", limits=LIMITS)
    worker = Worker(
        parts,
        "applications",
        lambda: parts.recruiting.job_handler,
        "stored",
        lanes=lambda: lanes,
        tasks=[SweepTask(parts.bulk.sweep, "sent", "failed")],
    )
    while True:
        worker.sweep(LambdaContext())
        time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    main()
