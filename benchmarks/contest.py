"""Running one contestant: a process of its own that does one thing and says how long it took.

Each contestant is a module of ``benchmarks.contestants`` with functions of one ``Task``; it fills
its own queue, does what is timed, checks that all of it was done, and prints one line of JSON. So
neither imports, nor garbage, nor a warm interpreter of one contestant touch the next.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec

REPOSITORY = Path(__file__).resolve().parents[1]
LIMIT_SECONDS = 900


class ContestError(Exception):
    """A contestant failed, or did not do all of its work; the message holds what it said."""


class NotRun(Exception):
    """A contestant cannot run on this machine; the message says why."""


class Task(msgspec.Struct, kw_only=True, frozen=True):
    """What a contestant is to do, and with how much.

    ``owners`` and ``jobs_each`` are for those that keep owners apart; the others take the product.
    ``repetitions`` and ``batch`` mean what the action says. A drain goes through ``drain_url`` if
    one is given; the queue is filled past it. ``features`` off is a job with none of ours.
    """

    redis_url: str
    mongodb_uri: str = ""
    drain_url: str = ""
    owners: int = 1
    jobs_each: int = 1
    batch: int = 100
    repetitions: int = 1
    features: bool = True

    @property
    def jobs(self) -> int:
        """How many jobs in all."""
        return self.owners * self.jobs_each


def contest(contestant: str, action: str, task: Task) -> dict[str, Any]:
    """What the contestant measured.

    Raises:
        ContestError: it failed.
    """
    command = [sys.executable, "-m", "benchmarks.contestants", contestant, action]
    return contest_command([*command, msgspec.json.encode(task).decode()])


def contest_command(command: list[str], folder: Path = REPOSITORY) -> dict[str, Any]:
    """What a program of any language measured: the JSON object in its last line of output.

    Raises:
        ContestError: it failed.
    """
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ContestError(f"{' '.join(command)}: not done in {LIMIT_SECONDS} s") from error
    lines = done.stdout.strip().splitlines()
    if done.returncode != 0 or not lines:
        said = (done.stderr or done.stdout)[-3000:]
        raise ContestError(f"{' '.join(command)} ended with {done.returncode}:\n{said}")
    measured: dict[str, Any] = msgspec.json.decode(lines[-1])
    return measured


def rate(done: int, expected: int, seconds: float) -> dict[str, Any]:
    """The measurement of a drain, once it is known that all of it was done.

    Raises:
        ContestError: it was not.
    """
    if done != expected:
        raise ContestError(f"{done} of {expected} jobs were done")
    return {"jobs": done, "seconds": seconds, "per_second": done / seconds}
