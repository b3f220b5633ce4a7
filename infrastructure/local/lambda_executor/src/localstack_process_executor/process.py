"""Starting, limiting and killing a function's process, together with all its descendants."""

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

OPEN_FILES = 1024
"""File descriptors a function may have open (AWS Lambda Developer Guide, quotas)."""


@dataclass(frozen=True)
class Limits:
    """Limits the kernel enforces on a process (Linux; elsewhere they are not set)."""

    address_space_bytes: int | None
    """None for no limit. This counts memory that is reserved but never used (thread stacks,
    allocator arenas), so it has to lie well above what the function may really use."""
    open_files: int = OPEN_FILES


class ChildProcess:
    """A process in a session of its own.

    When it ends, for whatever reason, its remaining descendants are killed and then `on_exit`
    is called, once, from a thread of this object.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        environ: Mapping[str, str],
        directory: Path,
        output: int,
        mark: str,
        limits: Limits,
        guardian: Guardian,
        on_exit: Callable[[int], None],
    ) -> None:
        """Start the process.

        Args:
            command: the program and its arguments.
            environ: its whole environment; nothing is inherited.
            directory: its working directory.
            output: file descriptor for its stdout and stderr.
            mark: a `NAME=value` of `environ` no other environment has. Descendants are told by
                it even after they have left the process group.
            limits: see `Limits`.
            guardian: told of the process, to kill it if this process is killed.
            on_exit: receives the return code, negative for a signal as in `subprocess`.
        """
        self._mark = mark
        self._guardian = guardian
        self._on_exit = on_exit
        # Session and environment are set without preexec_fn, so that Python can use vfork and
        # the size of the parent does not matter.
        self._popen = subprocess.Popen(
            list(command),
            env=dict(environ),
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.pid = self._popen.pid
        guardian.watch(self.pid, mark)
        _limit(self.pid, limits)
        self._waiter = threading.Thread(
            target=self._wait, name=f"lambda-wait-{self.pid}", daemon=True
        )
        self._waiter.start()

    @property
    def running(self) -> bool:
        """Whether the process has not been seen to end."""
        return self._popen.returncode is None

    def kill(self) -> None:
        """Kill the process and its group; its other descendants and `on_exit` follow."""
        if self.running:
            self.signal(signal.SIGKILL)

    def join(self) -> None:
        """Wait until the process and its descendants are gone and `on_exit` has been called."""
        self._waiter.join()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process and those descendants that stayed in its group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def _wait(self) -> None:
        returncode = self._popen.wait()
        kill_tree(self.pid, self._mark)
        self._guardian.forget(self.pid)
        self._on_exit(returncode)


def _limit(pid: int, limits: Limits) -> None:
    prlimit = getattr(resource, "prlimit", None)
    if prlimit is None:  # only Linux can limit a process from outside
        return
    wanted = {resource.RLIMIT_NOFILE: limits.open_files, resource.RLIMIT_CORE: 0}
    if limits.address_space_bytes is not None:
        wanted[resource.RLIMIT_AS] = limits.address_space_bytes
    for kind, value in wanted.items():
        # Gone already, or the system's own hard limit is lower: both are fine.
        with contextlib.suppress(ProcessLookupError, PermissionError, ValueError):
            prlimit(pid, kind, (value, value))
