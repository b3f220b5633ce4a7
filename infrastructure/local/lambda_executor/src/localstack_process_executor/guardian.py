"""Cleans up after LocalStack even when LocalStack is killed.

A killed process cannot tidy up, so a second, tiny one is started beside it (this module, run as
a program). It reads from a pipe whose other end only LocalStack holds. When LocalStack ends, in
any way, the pipe ends too; the guardian then kills every process it was told of and deletes the
scratch directory.

Linux's parent-death signal would reach only the direct child, is lost across some `exec`s and is
sent when the *thread* that started the child ends, which in a server with a thread pool is long
before the server does. It also does not exist on macOS.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

_PASSES = 5
"""How often the process table is searched: a process may fork while it is being searched."""


class Guardian:
    """LocalStack's side of the pipe."""

    def __init__(self, scratch: Path) -> None:
        """Start the guardian. `scratch` is deleted when this process is gone."""
        self._scratch = scratch
        self._lock = threading.Lock()
        self._watched: dict[int, str] = {}
        self._helper = self._start()

    def watch(self, pid: int, mark: str) -> None:
        """Have the session `pid`, and whatever carries `mark`, killed if this process dies."""
        with self._lock:
            self._watched[pid] = mark
            self._tell({"watch": pid, "mark": mark})

    def forget(self, pid: int) -> None:
        """Take back `watch`."""
        with self._lock:
            self._watched.pop(pid, None)
            self._tell({"forget": pid})

    def _start(self) -> subprocess.Popen[bytes]:
        # A session of its own: Ctrl-C in LocalStack's terminal must not reach it.
        return subprocess.Popen(
            [sys.executable, "-s", "-S", "-m", __name__, str(self._scratch)],
            env={"PYTHONPATH": str(Path(__file__).parents[1])},
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _tell(self, message: dict[str, object]) -> None:
        try:
            self._write(message)
        except OSError:  # somebody ended it: start another, which has to hear everything again
            self._helper.wait()
            self._helper = self._start()
            for pid, mark in self._watched.items():
                self._write({"watch": pid, "mark": mark})

    def _write(self, message: dict[str, object]) -> None:
        if pipe := self._helper.stdin:
            pipe.write(json.dumps(message).encode() + b"\n")
            pipe.flush()


def kill_tree(pid: int, mark: str) -> None:
    """Kill the process group `pid` and, on Linux, every process whose environment has `mark`.

    Args:
        pid: the leader of the group; it may be gone already.
        mark: `NAME=value` as it stands in the environment of the group's members.
    """
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    for _ in range(_PASSES):
        marked = processes_with(mark)
        for found in marked:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(found, signal.SIGKILL)
        if not marked:
            return


def processes_with(mark: str) -> list[int]:
    """Living processes of this user that were started with `mark` in their environment."""
    wanted = mark.encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        # Other users' processes cannot be read, and dead ones (zombies) read as empty.
        with contextlib.suppress(OSError):
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
    return [pid for pid in found if pid != os.getpid()]


def main() -> None:
    """The guardian's side of the pipe."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    watched: dict[int, str] = {}
    for line in sys.stdin.buffer:
        message = json.loads(line)
        if "watch" in message:
            watched[message["watch"]] = message["mark"]
        else:
            watched.pop(message["forget"], None)
    for pid, mark in watched.items():
        kill_tree(pid, mark)
    shutil.rmtree(sys.argv[1], ignore_errors=True)


if __name__ == "__main__":
    main()
