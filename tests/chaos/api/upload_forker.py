"""The parent of processes that upload files, apply, amend, erase, store applications and sweep.

Usage: upload_forker.py SETTINGS, with ``Settings`` as JSON. Each line of stdin is the number of a
process and its task: ``apply``, ``work``, or ``kill``.
"""

from __future__ import annotations

import itertools
import random
import sys
from contextlib import suppress
from datetime import timedelta
from typing import Any

import msgspec

from chalicelib.bootstrap import clients
from chalicelib.bootstrap.container import Container
from chalicelib.bootstrap.sweep_task import SweepTask
from chalicelib.common.errors import DomainError
from chalicelib.recruiting.amendments import service
from chalicelib.recruiting.applications.models import ApplicationDraft
from chalicelib.recruiting.erasure import processor
from chalicelib.recruiting.files import sweeper, tokens, upload_service
from tests.chaos.api.task_forker import fork_tasks, work
from tests.support.files import PDF, upload
from tests.support.lanes import RecordingWaker

# A container imports these on their first use, which would take each process a while.
PRELOADED = (processor, service, sweeper, tokens, upload_service)
PAUSE_SECONDS = 0.02
# A day, and the lifetime of a token: 1 and 23/24 of a day, with a margin for whole seconds.
DAY = timedelta(seconds=16)
TOKEN_LIFETIME = timedelta(seconds=8)


class Settings(msgspec.Struct):
    """The secrets by name, and who applies for what."""

    secrets: dict[str, str]
    candidates: list[str]
    postings: list[str]


class NoLimits:
    """Rate limits that are never reached."""

    def take(self, **subjects: str) -> None:
        """Count nothing."""


def content_of(candidate_id: str, posting_id: str, version: int = 1) -> bytes:
    """Return the content of a version of the resume of a candidate for a posting."""
    return PDF.replace(b"<<>>", f"<</For ({candidate_id} {posting_id} {version})>>".encode())


def main() -> None:
    """Start and kill processes until stdin closes."""
    settings = msgspec.json.decode(sys.argv[1], type=Settings)
    sweeper.KEPT, tokens.TOKEN_LIFETIME = DAY, TOKEN_LIFETIME
    s3 = clients.s3_client(attempts=2)
    fork_tasks(lambda task, number: run(settings, task, number, s3))


def run(settings: Settings, task: str, number: int, s3: Any) -> None:
    """Do a task until this process is killed."""
    parts = Container("api", read_secret=settings.secrets.__getitem__)
    parts.override(waker=RecordingWaker())
    # An account may not upload as often as this test does.
    parts.auth.override(rate_limits=NoLimits())
    parts.files.override(s3=s3)
    if task == "apply":
        apply(parts, settings, random.Random(number))  # noqa: S311
    else:
        work(parts, SweepTask(lambda: sweep(parts), "repaired", "failed"), PAUSE_SECONDS)


def sweep(parts: Container) -> int:
    """Do the tasks of the schedule that files and erasures need."""
    parts.equation.log_mover.move(1)
    return parts.files.sweeper.sweep() + parts.erasure.sweeper.sweep()


def apply(parts: Container, settings: Settings, chance: random.Random) -> None:
    """Upload files and apply with them. Every tenth upload is left alone.

    Some applications get a second file, and some are erased.
    """
    pairs = list(itertools.product(settings.candidates, settings.postings))
    chance.shuffle(pairs)
    for candidate, posting in pairs:
        file_id = upload(parts, candidate, content_of(candidate, posting))
        if chance.random() < 0.1:
            continue
        completed = parts.files.upload_service.complete(candidate, file_id)
        if chance.random() < 0.1:
            continue
        draft = ApplicationDraft(files=[completed.token])
        receipt, _ = parts.recruiting.apply_service.apply(candidate, posting, draft, "-")
        # Another process may have erased the application.
        with suppress(DomainError):
            if chance.random() < 0.2:
                file_id = upload(parts, candidate, content_of(candidate, posting, 2))
                token = parts.files.upload_service.complete(candidate, file_id).token
                draft = ApplicationDraft(files=[token])
                parts.amendments.service.amend(candidate, receipt.id, draft, "-")
            if chance.random() < 0.2:
                parts.erasure.service.request(candidate, receipt.id, "-")


if __name__ == "__main__":
    main()
