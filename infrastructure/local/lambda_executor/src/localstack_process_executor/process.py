"""Start, limit and kill the process of a function, with all its descendants."""

import contextlib
import os
import resource
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .guardian import Guardian, kill_tree
from .mark import Mark

OPEN_FILES = 1024
"""The number of open file descriptors of a function (AWS Lambda Developer Guide, quotas)."""


@dataclass(frozen=True)
class Limits:
    """The limits that the kernel enforces on a process; they are set on Linux only."""

    address_space_bytes: int | None
    """None means no limit. The limit counts memory that is reserved but never used (thread stacks,
    allocator arenas), so it must be far above the memory that the function may use."""
    open_files: int = OPEN_FILES


class ChildProcess:
    """A process in its own session.

    When it ends for any reason, its remaining descendants are killed. Then a thread of this object
    calls `on_exit` once.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        environ: Mapping[str, str],
        directory: Path,
        output: int,
        mark: Mark,
        limits: Limits,
        guardian: Guardian,
        on_exit: Callable[[int], None],
    ) -> None:
        """Start the process.

        Args:
            command: The program and its arguments.
            environ: All its environment variables; none is inherited.
            directory: The working directory.
            output: The file descriptor for its stdout and stderr.
            mark: Identifies the process and its descendants.
            limits: The limits of the kernel.
            guardian: Kills the process if this process dies.
            on_exit: Receives the return code; a negative number is a signal.
        """
        self._mark = mark
        self._guardian = guardian
        self._on_exit = on_exit
        # Without preexec_fn, so that Python can use vfork, whose cost does not depend on the size
        # of this process.
        self._popen = subprocess.Popen(
            list(command),
            env={**environ, **mark.environ},
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.pid = self._popen.pid
        mark.put_on(self.pid)
        guardian.watch(self.pid, mark)
        _limit(self.pid, limits)
        self._waiter = threading.Thread(
            target=self._wait, name=f"lambda-wait-{self.pid}", daemon=True
        )
        self._waiter.start()

    @property
    def running(self) -> bool:
        """Whether the process runs, as far as is known."""
        return self._popen.returncode is None

    def kill(self) -> None:
        """Kill the process and its group; then its other descendants, and `on_exit`, follow."""
        if self.running:
            self.signal(signal.SIGKILL)

    def join(self) -> None:
        """Wait until the process and its descendants are gone and `on_exit` has been called."""
        self._waiter.join()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process and to its descendants in the same group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def _wait(self) -> None:
        returncode = self._popen.wait()
        kill_tree(self.pid, self._mark)
        self._guardian.unwatch(self.pid)
        self._on_exit(returncode)


def _limit(pid: int, limits: Limits) -> None:
    prlimit = getattr(resource, "prlimit", None)
    if prlimit is None:  # only Linux can limit a process from outside
        return
    wanted = {resource.RLIMIT_NOFILE: limits.open_files}
    if limits.address_space_bytes is not None:
        wanted[resource.RLIMIT_AS] = limits.address_space_bytes
    for kind, value in wanted.items():
        # The process has ended, or the hard limit of the system is lower: both are harmless.
        with contextlib.suppress(ProcessLookupError, PermissionError, ValueError):
            prlimit(pid, kind, (value, value))
