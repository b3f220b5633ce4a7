"""BullMQ. Its JavaScript program is in `benchmarks/bullmq` and is installed when first needed."""

from __future__ import annotations

import shutil
import subprocess
from typing import Any

import msgspec

from benchmarks.contest import REPOSITORY, NotRun, Task, contest_command

FOLDER = REPOSITORY / "benchmarks" / "bullmq"
CONCURRENCY = 50
CONNECTIONS = 64


def drain_noop(task: Task) -> dict[str, Any]:
    """Drain jobs that do nothing, with one Worker of concurrency 50.

    Raises:
        NotRun: Node or npm is missing, or the packages cannot be installed.
        ContestError: the program failed.
    """
    return _run(
        "drain.mjs", {"redisUrl": task.redis_url, "jobs": task.jobs, "concurrency": CONCURRENCY}
    )


def accept_http(task: Task, *, queue_per_request: bool) -> dict[str, Any]:
    """Answer requests of 64 connections with Express, and add each to a queue.

    Raises:
        NotRun: Node or npm is missing, or the packages cannot be installed.
        ContestError: the program failed.
    """
    options = {
        "redisUrl": task.redis_url,
        "jobs": task.jobs,
        "connections": CONNECTIONS,
        "queuePerRequest": queue_per_request,
    }
    return _run("api.mjs", options)


def _run(program: str, options: dict[str, Any]) -> dict[str, Any]:
    _install()
    return contest_command(["node", program, msgspec.json.encode(options).decode()], FOLDER)


def _install() -> None:
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise NotRun("Node is absent")
    stamp = FOLDER / "node_modules" / ".package-lock.json"
    lock = FOLDER / "package-lock.json"
    if stamp.exists() and stamp.stat().st_mtime >= lock.stat().st_mtime:
        return
    done = subprocess.run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=FOLDER,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise NotRun(f"npm ci failed: {done.stderr.strip()[-200:]}")
