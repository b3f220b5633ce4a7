"""Run one contestant: a process that does one task and prints its measurements.

Each contestant is a module of ``benchmarks.contestants``. Its functions take a ``Task``, fill the
queue, do the timed work, check that all of it was done, and return a JSON object. Separate
processes keep the imports, the garbage and the warm caches of one contestant away from the next.
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
    """A contestant failed or did not do all of its work. The message has its output."""


class NotRun(Exception):
    """A contestant cannot run on this machine. The message has the reason."""


class Task(msgspec.Struct, kw_only=True, frozen=True):
    """The task of a contestant.

    Contestants without owners process ``owners * jobs_each`` jobs. The action defines
    ``repetitions`` and ``batch``. With ``drain_url``, the drain uses that URL, and the queue is
    filled without it. Without ``features``, the jobs use none of our queue's features.
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
        """The number of all jobs."""
        return self.owners * self.jobs_each


def contest(
    contestant: str, action: str, task: Task, *, limit: float = LIMIT_SECONDS
) -> dict[str, Any]:
    """Run a contestant, for at most ``limit`` seconds. Returns its measurements.

    Raises:
        ContestError: the contestant failed.
    """
    command = [sys.executable, "-m", "benchmarks.contestants", contestant, action]
    return contest_command([*command, msgspec.json.encode(task).decode()], limit=limit)


def contest_command(
    command: list[str], folder: Path = REPOSITORY, *, limit: float = LIMIT_SECONDS
) -> dict[str, Any]:
    """Run a program in any language. Returns the JSON object in its last line of output.

    Raises:
        ContestError: the program failed.
    """
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=limit,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ContestError(f"{' '.join(command)}: not done in {limit:.0f} s") from error
    lines = done.stdout.strip().splitlines()
    if done.returncode != 0 or not lines:
        output = (done.stderr or done.stdout)[-3000:]
        raise ContestError(f"{' '.join(command)} ended with {done.returncode}:\n{output}")
    measured: dict[str, Any] = msgspec.json.decode(lines[-1])
    return measured


def rate(done: int, expected: int, seconds: float) -> dict[str, Any]:
    """Return the rate of a drain that did all of its jobs.

    Raises:
        ContestError: some jobs were not done.
    """
    if done != expected:
        raise ContestError(f"{done} of {expected} jobs were done")
    return {"jobs": done, "seconds": seconds, "per_second": done / seconds}
