"""One run of a function's process: the process, its Runtime API server and its output."""

import queue
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .guardian import Guardian
from .logs import OutputBuffer, OutputPipe, close_quietly
from .memory import MemoryMeter
from .process import ChildProcess, Limits
from .runtime_api import ApiEvent, Invocation, RuntimeApi

_SAMPLE_SECONDS = 0.025
"""Time between two looks at the memory of a busy process."""

_LAST_WORDS_SECONDS = 1.0
"""How long a process that is about to end by itself may take to do so."""


@dataclass(frozen=True)
class Exited:
    """The process ended."""

    at: float
    returncode: int


@dataclass(frozen=True)
class OutOfMemory:
    """The process outgrew its memory and was killed."""

    at: float


@dataclass(frozen=True)
class TimeIsUp:
    """Nothing happened before the deadline."""

    at: float


Event = ApiEvent | Exited | OutOfMemory | TimeIsUp


class Sandbox:
    """Runs a process that serves invocations, one at a time."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        environ: Mapping[str, str],
        directory: Path,
        mark: str,
        limits: Limits,
        memory_bytes: int | None,
        output: OutputBuffer,
        guardian: Guardian,
    ) -> None:
        """Start the process.

        Args:
            command: as in `ChildProcess`, like the next four.
            environ: of the process.
            directory: it starts in.
            mark: of its descendants.
            limits: of the kernel's.
            guardian: told of it.
            memory_bytes: what the process and its descendants may use; None for no limit.
            output: receives what they write.
        """
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._memory_bytes = memory_bytes
        self._api = RuntimeApi(self._events.put)
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
        """Whether the process can still be given work."""
        return self._process.running

    @property
    def peak_memory_bytes(self) -> int:
        """Most memory in use since the start of the process."""
        return self._meter.peak

    @property
    def delivered(self) -> bool:
        """Whether the process has fetched the invocation submitted last."""
        return self._api.delivered

    def submit(self, invocation: Invocation) -> None:
        """Give the process an invocation to work on."""
        self._api.submit(invocation)

    def wait(self, deadline: float) -> Event:
        """The next thing that happens, and at the latest `TimeIsUp`.

        What the process wrote before it happened is in the output buffer on return. A process
        that outgrew its memory is killed.

        Args:
            deadline: in terms of `time.perf_counter()`.
        """
        event: Event | None = None
        while event is None:
            remaining = deadline - time.perf_counter()
            if remaining <= 0:
                return TimeIsUp(time.perf_counter())
            try:
                event = self._events.get(timeout=min(_SAMPLE_SECONDS, remaining))
            except queue.Empty:
                event = self._check_memory()
        if not isinstance(event, Exited | OutOfMemory):
            event = self._check_memory() or event
        self._pipe.drain()
        return event

    def _check_memory(self) -> OutOfMemory | None:
        if self._memory_bytes is None:
            self._meter.sample()
            return None
        if self._meter.sample() <= self._memory_bytes:
            return None
        self.kill()
        return OutOfMemory(time.perf_counter())

    def freeze(self) -> None:
        """Stop the process until `thaw`, once it is waiting for work."""
        if self._api.wait_idle(_LAST_WORDS_SECONDS):
            self._process.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Undo `freeze`."""
        self._process.signal(signal.SIGCONT)

    def let_end(self) -> None:
        """Give a process that is about to end by itself a moment for its last output."""
        deadline = time.perf_counter() + _LAST_WORDS_SECONDS
        while self.alive and not isinstance(self.wait(deadline), Exited | OutOfMemory | TimeIsUp):
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
