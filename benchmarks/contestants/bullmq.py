"""BullMQ. Its JavaScript program is in `benchmarks/bullmq` and is installed when first needed."""

from __future__ import annotations

import shutil
import subprocess
from typing import Any

import msgspec

from benchmarks.contest import REPOSITORY, NotRun, Task, contest_command

FOLDER = REPOSITORY / "benchmarks" / "bullmq"
CONCURRENCY = 50


def drain_noop(task: Task) -> dict[str, Any]:
    """Drain jobs that do nothing, with one Worker of concurrency 50.

    Raises:
        NotRun: Node or npm is missing, or the packages cannot be installed.
        ContestError: the program failed.
    """
    _install()
    return contest_command(
        [
            "node",
            "drain.mjs",
            msgspec.json.encode(
                {"redisUrl": task.redis_url, "jobs": task.jobs, "concurrency": CONCURRENCY}
            ).decode(),
        ],
        FOLDER,
    )


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
