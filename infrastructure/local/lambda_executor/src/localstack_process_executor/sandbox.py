"""One run of a function's process, with its Runtime API server and its output."""

import queue
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .guardian import Guardian
from .mark import Mark
from .memory import MemoryMeter
from .output import OutputBuffer, OutputPipe, close_quietly
from .process import ChildProcess, Limits
from .runtime_api import ApiEvent, Invocation, RuntimeApi

_SAMPLE_SECONDS = 0.025
"""The time between two measurements of the memory of a busy process."""

_EXIT_SECONDS = 1.0
"""The time for a process that is about to exit by itself."""


@dataclass(frozen=True)
class Exited:
    """The process ended."""

    at: float
    returncode: int


@dataclass(frozen=True)
class OutOfMemory:
    """The process exceeded its memory and was killed."""

    at: float


@dataclass(frozen=True)
class DeadlineReached:
    """The deadline passed before any other event."""

    at: float


Event = ApiEvent | Exited | OutOfMemory | DeadlineReached


class Sandbox:
    """Runs a process that handles invocations, one at a time."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        environ: Mapping[str, str],
        directory: Path,
        mark: Mark,
        limits: Limits,
        memory_bytes: int | None,
        max_response_bytes: int,
        output: OutputBuffer,
        guardian: Guardian,
    ) -> None:
        """Start the process.

        Args:
            command: See `ChildProcess`, also for the next four arguments.
            environ: All environment variables of the process.
            directory: The working directory.
            mark: Identifies the process and its descendants.
            limits: The limits of the kernel.
            guardian: Kills the process if this process dies.
            memory_bytes: The memory limit of the process and its descendants; None for no limit.
            max_response_bytes: The largest response of an invocation.
            output: Receives their output.
        """
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._memory_bytes = memory_bytes
        self._api = RuntimeApi(self._events.put, max_response_bytes)
        self._pipe = OutputPipe(output)
        self.started_at = time.perf_counter()
        try:
            self._process = ChildProcess(
                command,
                environ={**environ, "AWS_LAMBDA_RUNTIME_API": self._api.address},
                directory=directory,
                output=self._pipe.write_end,
                mark=mark,
                limits=limits,
                guardian=guardian,
                on_exit=self._on_exit,
            )
        except BaseException:
            self._api.close()
            close_quietly(self._pipe.write_end)
            self._pipe.close()
            raise
        self._pipe.start()
        self._meter = MemoryMeter(self._process.pid)

    @property
    def alive(self) -> bool:
        """Whether the process can handle another invocation."""
        return self._process.running

    @property
    def peak_memory_bytes(self) -> int:
        """The highest memory use since the start of the process."""
        return self._meter.peak

    @property
    def delivered(self) -> bool:
        """Whether the process has fetched the last submitted invocation."""
        return self._api.delivered

    def submit(self, invocation: Invocation) -> None:
        """Offer an invocation to the process."""
        self._api.submit(invocation)

    def wait(self, deadline: float) -> Event:
        """Wait for the next event, and return it; at the deadline return `DeadlineReached`.

        On return, the output buffer holds everything that the process wrote before the event. A
        process that exceeds its memory is killed.

        Args:
            deadline: The deadline as a value of `time.perf_counter()`.
        """
        event: Event | None = None
        while event is None:
            remaining = deadline - time.perf_counter()
            if remaining <= 0:
                return DeadlineReached(time.perf_counter())
            try:
                event = self._events.get(timeout=min(_SAMPLE_SECONDS, remaining))
            except queue.Empty:
                event = self._check_memory()
        if not isinstance(event, Exited | OutOfMemory):
            event = self._check_memory(final=True) or event
        self._pipe.drain()
        return event

    def _check_memory(self, *, final: bool = False) -> OutOfMemory | None:
        used = self._meter.sample(final=final)
        if self._memory_bytes is None or used <= self._memory_bytes:
            return None
        self.kill()
        return OutOfMemory(time.perf_counter())

    def freeze(self) -> None:
        """Pause the process until `thaw`, when it waits for an invocation."""
        if self._api.wait_idle(_EXIT_SECONDS):
            self._process.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Continue a paused process."""
        self._process.signal(signal.SIGCONT)

    def let_end(self) -> None:
        """Let a process that is about to exit by itself write its last output."""
        deadline = time.perf_counter() + _EXIT_SECONDS
        while self.alive and not isinstance(
            self.wait(deadline), Exited | OutOfMemory | DeadlineReached
        ):
            pass
        self.kill()

    def kill(self) -> None:
        """Kill the process and all its descendants, and wait until they are gone."""
        self._process.kill()
        self._process.join()

    def _on_exit(self, returncode: int) -> None:
        now = time.perf_counter()
        self._api.close()
        self._pipe.close()
        self._events.put(Exited(now, returncode))
