"""The parent of processes that start, sweep and carry out a bulk operation.

Usage: operation_forker.py SETTINGS, with ``Settings`` as JSON. Each line of stdin is the number of
a process and its task: ``start``, ``work``, or ``kill``.
"""

from __future__ import annotations

import sys

import msgspec

from chalicelib.bootstrap.container import Container
from chalicelib.bootstrap.sweep_task import SweepTask
from chalicelib.common.ids import IdempotencyKey
from chalicelib.recruiting.bulk import result_service, selection, service, sweeper
from chalicelib.recruiting.bulk.models import OperationRequest, Origin
from tests.chaos.api.task_forker import fork_tasks, work
from tests.integration.recruiting.pipelines import RECRUITER
from tests.support.lanes import RecordingWaker

# A container imports these on their first use, which would take each process a while.
PRELOADED = (result_service, selection, service, sweeper)
ORIGIN = Origin("-", IdempotencyKey("bulk", "-"))
PAUSE_SECONDS = 0.05


class Settings(msgspec.Struct):
    """The secrets by name, and the request of the operation."""

    secrets: dict[str, str]
    request: OperationRequest


def main() -> None:
    """Start and kill processes until stdin closes."""
    settings = msgspec.json.decode(sys.argv[1], type=Settings)
    fork_tasks(lambda task, _: run(settings, task))


def run(settings: Settings, task: str) -> None:
    """Start the operation, or do the work of the schedule until this process is killed."""
    parts = Container("api", read_secret=settings.secrets.__getitem__)
    parts.override(waker=RecordingWaker())
    if task == "start":
        parts.bulk.bulk_service.start(RECRUITER, settings.request, ORIGIN)
        return
    work(parts, SweepTask(parts.bulk.sweep, "sent", "failed"), PAUSE_SECONDS)


if __name__ == "__main__":
    main()
