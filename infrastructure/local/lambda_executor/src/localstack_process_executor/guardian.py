"""Clean up after LocalStack, even when LocalStack is killed.

A killed process cannot clean up itself. Therefore a second, small process (this module, run as a
program) reads from a pipe whose other end only LocalStack holds. When LocalStack ends for any
reason, the pipe ends too. The guardian then kills every process on its list, and deletes the
scratch directory.

The parent-death signal of Linux would not do: it reaches only the direct child, some `exec` calls
clear it, and it is sent when the *thread* that started the child ends, which can be long before the
server ends. It also does not exist on macOS.
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

from localstack_process_executor.mark import Mark

_PASSES = 20
"""The number of searches of the process table, because a process may fork during a search."""


class Guardian:
    """The side of the pipe that LocalStack holds."""

    def __init__(self, scratch: Path) -> None:
        """Start the guardian process, which deletes `scratch` when this process is gone."""
        self._scratch = scratch
        self._lock = threading.Lock()
        self._watched: dict[int, Mark] = {}
        self._helper = self._start()

    def watch(self, pid: int, mark: Mark) -> None:
        """Add a session, and all processes with `mark`, to those killed when this process dies."""
        with self._lock:
            self._watched[pid] = mark
            self._send({"watch": pid, "mark": mark.number})

    def unwatch(self, pid: int) -> None:
        """Remove a session from the list."""
        with self._lock:
            self._watched.pop(pid, None)
            self._send({"unwatch": pid})

    def _start(self) -> subprocess.Popen[bytes]:
        # In its own session, because Ctrl-C in LocalStack's terminal must not reach it.
        return subprocess.Popen(
            [sys.executable, "-s", "-S", "-m", __name__, str(self._scratch)],
            env={"PYTHONPATH": str(Path(__file__).parents[1])},
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _send(self, message: dict[str, object]) -> None:
        try:
            self._write(message)
        except OSError:  # it was killed: start another one, and send the whole list again
            self._helper.wait()
            self._helper = self._start()
            for pid, mark in self._watched.items():
                self._write({"watch": pid, "mark": mark.number})

    def _write(self, message: dict[str, object]) -> None:
        if pipe := self._helper.stdin:
            pipe.write(json.dumps(message).encode() + b"\n")
            pipe.flush()


def kill_tree(pid: int, mark: Mark) -> None:
    """Kill the process group `pid` and, on Linux, every process with its mark.

    Args:
        pid: The leader of the group, which may have ended already.
        mark: The mark that the leader and its descendants have.
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


def processes_with(mark: Mark) -> list[int]:
    """Return the running processes of this user that have a mark."""
    pids = (int(folder.name) for folder in Path("/proc").glob("[0-9]*"))
    return [pid for pid in pids if pid != os.getpid() and mark.is_on(pid)]


def main() -> None:
    """Run the guardian process, which reads the other side of the pipe."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    watched: dict[int, Mark] = {}
    for line in sys.stdin.buffer:
        message = json.loads(line)
        if "watch" in message:
            watched[message["watch"]] = Mark(message["mark"])
        else:
            watched.pop(message["unwatch"], None)
    for pid, mark in watched.items():
        kill_tree(pid, mark)
    shutil.rmtree(sys.argv[1], ignore_errors=True)


if __name__ == "__main__":
    main()
