"""A fleet of workers, started as Lambda starts them: one for each wake, up to a maximum."""

from __future__ import annotations

import mmap
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL
from types import TracebackType

import msgspec

from chalicelib.queue import Limits, Wake
from chalicelib.recruiting.applications.jobs import KIND
from tests.chaos.workers.messages import (
    POINTS,
    REDIS_UNREACHABLE,
    Claimed,
    Event,
    Exited,
    Kill,
    Killed,
    Order,
    Pause,
    Point,
    Settings,
    Spawn,
    WakeRequested,
)

ROOT = Path(__file__).resolve().parents[3]
_EVENTS = msgspec.json.Decoder(Event)


class WorkerFleet:
    """Runs up to ``limits.max_drains`` worker processes at once.

    Only a wake or ``sweep`` starts a worker. A wake that comes while the maximum runs is dropped
    without an error, which is the worst that Lambda could do.
    """

    def __init__(
        self,
        directory: Path,
        redis_url: str,
        mongodb_uri: str,
        limits: Limits,
        work_seconds: float = 0.0,
    ) -> None:
        self.limits = limits
        self.log = directory / "workers.log"
        kill_point = directory / "kill-point"
        kill_point.write_bytes(b"\0")
        with kill_point.open("r+b") as file:
            self._kill_point = mmap.mmap(file.fileno(), 0)
        self._ticket = directory / "ticket"
        self._settings = Settings(
            redis_url,
            mongodb_uri,
            limits,
            str(kill_point),
            str(self._ticket),
            str(self.log),
            work_seconds,
        )
        self._changed = threading.Condition()
        self.started = 0
        self.refused = 0
        self._ending = False
        self._running: set[int] = set()
        self.claims: list[Claimed] = []
        self.killed_at: dict[int, float] = {}
        """When each killed worker was killed, by its number."""
        self.statuses: dict[int, int] = {}
        """The exit status of each worker that exited, by its number."""
        self.sweeps = 0
        self._error: Exception | None = None
        self.on_failure: Callable[[Wake], None] = lambda wake: None
        """Called with the event of each drain that was killed, as Lambda's destination is."""
        self._wakes: dict[int, Wake] = {}
        self._reader = threading.Thread(target=self._listen, name="fleet")

    def __enter__(self) -> WorkerFleet:
        self._forker = subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.chaos.workers.worker_forker"),
                msgspec.json.encode(self._settings).decode(),
            ],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._reader.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the forker, which kills the workers."""
        with self._changed:
            self._ending = True
        assert self._forker.stdin
        with suppress(BrokenPipeError):
            self._forker.stdin.close()
        try:
            self._forker.wait(20)
        finally:
            self._forker.kill()
            self._forker.wait()
            self._reader.join(20)
            assert self._forker.stdout
            self._forker.stdout.close()
            self._kill_point.close()

    @property
    def running(self) -> tuple[int, ...]:
        """The numbers of the workers that run, as far as is known."""
        return tuple(self._running)

    @property
    def idle(self) -> bool:
        """Whether no worker runs."""
        return not self._running

    @property
    def crashed(self) -> dict[int, int]:
        """The workers that exited with an unexpected status."""
        fine = (0, REDIS_UNREACHABLE, -SIGKILL)
        return {n: status for n, status in self.statuses.items() if status not in fine}

    def wake(self, wake: Wake) -> None:
        """Start a drain."""
        with self._changed:
            self._start(wake.drain_id, wake=wake)

    def sweep(self) -> None:
        """Start a worker that reconciles first, as the schedule does every minute."""
        with self._changed:
            self.sweeps += 1
            self._start("", sweep=True)

    def arm(self, point: Point) -> None:
        """Let the first worker that reaches this point kill itself."""
        self._ticket.touch()
        self._kill_point[0] = POINTS.index(point) + 1

    def disarm(self) -> bool:
        """Cancel ``arm``. Return whether that came before a worker took the ticket."""
        self._kill_point[0] = 0
        try:
            self._ticket.unlink()
        except FileNotFoundError:
            return False
        return True

    def kill(self, number: int) -> None:
        """Kill a worker now."""
        with self._changed:
            self._order(Kill(number))

    def pause(self, number: int) -> None:
        """Pause a worker with SIGSTOP."""
        with self._changed:
            self._order(Pause(number))

    def resume(self, number: int) -> None:
        """Resume a paused worker."""
        with self._changed:
            self._order(Pause(number, resume=True))

    def wait_until(self, happened: Callable[[], bool], seconds: float) -> bool:
        """Wait some seconds for a condition on the fleet. Return whether it holds."""
        with self._changed:
            came = self._changed.wait_for(lambda: self._error or happened(), seconds)
        if self._error:
            raise self._error
        return bool(came)

    def _start(self, drain_id: str, *, sweep: bool = False, wake: Wake | None = None) -> None:
        if len(self._running) >= self.limits.max_drains:
            self.refused += 1
        elif not self._ending:
            self.started += 1
            self._running.add(self.started)
            if wake:
                self._wakes[self.started] = wake
            self._order(Spawn(self.started, drain_id, sweep))

    def _order(self, order: Order) -> None:
        assert self._forker.stdin
        self._forker.stdin.write(msgspec.json.encode(order) + b"\n")
        self._forker.stdin.flush()

    def _listen(self) -> None:
        assert self._forker.stdout
        try:
            for line in self._forker.stdout:
                event = _EVENTS.decode(line)
                with self._changed:
                    self._note(event)
                    self._changed.notify_all()
        except Exception as error:
            with self._changed:
                self._error = error
                self._changed.notify_all()

    def _note(self, event: Event) -> None:
        match event:
            case Claimed():
                self.claims.append(event)
            case Killed():
                self.killed_at[event.number] = event.at
            case WakeRequested():
                # The tests drain the mail themselves, at the end.
                if event.kind == KIND:
                    self._start(event.drain_id, wake=Wake(event.kind, 0, event.drain_id))
            case Exited():
                self._running.discard(event.number)
                self.statuses[event.number] = event.status
                wake = self._wakes.get(event.number)
                if wake and event.status == -SIGKILL and not self._ending:
                    self.on_failure(wake)


def drain_all(fleet: WorkerFleet, drained: Callable[[], bool], seconds: float) -> None:
    """Wait until the lanes are drained.

    Sweep only after no worker ran for as long as a worker that was asked for could still start.
    """
    ends = time.monotonic() + seconds
    pause = fleet.limits.start_timeout + fleet.limits.lease
    while not drained():
        assert time.monotonic() < ends, "the lanes are not drained"
        assert not fleet.crashed, fleet.log.read_text()[-4000:]
        if not fleet.wait_until(lambda: fleet.idle, 0.05):
            continue
        if not fleet.wait_until(lambda: not fleet.idle, pause) and not drained():
            fleet.sweep()
