"""The parent of processes that confirm guest applications, and store applications.

Usage: confirmation_forker.py SETTINGS, with ``Settings`` as JSON. Each line of stdin is the number
of a process and its task: ``confirm``, ``work``, or ``kill``.
"""

from __future__ import annotations

import random
import sys

import msgspec

from chalicelib.auth.models import Visitor
from chalicelib.auth.services import verified_address
from chalicelib.bootstrap.container import Container
from chalicelib.bootstrap.sweep_task import SweepTask
from chalicelib.recruiting.guest_applications import service
from tests.chaos.api.task_forker import fork_tasks, work
from tests.support.lanes import RecordingWaker

# A container imports these on their first use, which would take each process a while.
PRELOADED = (service, verified_address)
PAUSE_SECONDS = 0.02
VISITOR = Visitor("198.51.100.9", "Firefox on Linux", "198.51.100.9")


class Settings(msgspec.Struct):
    """The secrets by name, and the tokens of the links."""

    secrets: dict[str, str]
    tokens: list[str]


def main() -> None:
    """Start and kill processes until stdin closes."""
    settings = msgspec.json.decode(sys.argv[1], type=Settings)
    fork_tasks(lambda task, number: run(settings, task, number))


def run(settings: Settings, task: str, number: int) -> None:
    """Follow the links in an order of this process, or store applications until it is killed."""
    parts = Container("api", read_secret=settings.secrets.__getitem__)
    parts.override(waker=RecordingWaker())
    if task == "work":
        work(parts, SweepTask(lambda: 0, "none", "failed"), PAUSE_SECONDS)
    tokens = random.Random(number).sample(settings.tokens, len(settings.tokens))  # noqa: S311
    for token in tokens:
        parts.recruiting.guest_applications.service.confirm(token, VISITOR, "-")


if __name__ == "__main__":
    main()
