"""A fleet of workers, started as Lambda would: one for each wake, never more than may run."""

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
from chalicelib.recruiting.applications.repository import KIND
from tests.chaos.messages import (
    GAVE_UP,
    POINTS,
    Asked,
    Claimed,
    Dying,
    Ended,
    Event,
    Kill,
    Order,
    Point,
    Settings,
    Spawn,
    Stop,
)

ROOT = Path(__file__).resolve().parents[2]
_EVENTS = msgspec.json.Decoder(Event)


class Fleet:
    """Up to ``limits.drains`` worker processes at once.

    Nothing is started that was not asked for, but by ``sweep``. A wake that comes while as many run
    is refused, and nobody is told: the harshest that Lambda could do.
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
        fate = directory / "fate"
        fate.write_bytes(b"\0")
        with fate.open("r+b") as file:
            self._fate = mmap.mmap(file.fileno(), 0)
        self._ticket = directory / "ticket"
        self._settings = Settings(
            redis_url,
            mongodb_uri,
            limits,
            str(fate),
            str(self._ticket),
            str(self.log),
            work_seconds,
        )
        self._changed = threading.Condition()
        self.started = 0
        self.refused = 0
        self._ending = False
        self._living: set[int] = set()
        self.claims: list[Claimed] = []
        self.deaths: dict[int, float] = {}
        """When each killed worker was killed."""
        self.statuses: dict[int, int] = {}
        """How each worker ended that did."""
        self.sweeps = 0
        self._error: Exception | None = None
        self._reader = threading.Thread(target=self._listen, name="fleet")

    def __enter__(self) -> Fleet:
        self._nursery = subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.chaos.nursery"),
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
        """Ends the nursery, which ends the workers."""
        with self._changed:
            self._ending = True
        assert self._nursery.stdin
        with suppress(BrokenPipeError):
            self._nursery.stdin.close()
        try:
            self._nursery.wait(20)
        finally:
            self._nursery.kill()
            self._nursery.wait()
            self._reader.join(20)
            assert self._nursery.stdout
            self._nursery.stdout.close()
            self._fate.close()

    @property
    def living(self) -> tuple[int, ...]:
        """The workers that run, as far as is known."""
        return tuple(self._living)

    @property
    def idle(self) -> bool:
        """Whether nothing runs."""
        return not self._living

    @property
    def crashed(self) -> dict[int, int]:
        """Workers that ended as no worker should."""
        fine = (0, GAVE_UP, -SIGKILL)
        return {n: status for n, status in self.statuses.items() if status not in fine}

    def wake(self, wake: Wake) -> None:
        """Start a drain."""
        with self._changed:
            self._start(wake.drain_id)

    def sweep(self) -> None:
        """Start what the schedule of the minute does."""
        with self._changed:
            self.sweeps += 1
            self._start("", sweep=True)

    def arm(self, point: Point) -> None:
        """Let the first worker that comes to this point die there."""
        self._ticket.touch()
        self._fate[0] = POINTS.index(point) + 1

    def disarm(self) -> bool:
        """Let none die. Returns whether that came in time."""
        self._fate[0] = 0
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
        """Stop a worker in its tracks."""
        with self._changed:
            self._order(Stop(number))

    def resume(self, number: int) -> None:
        """Let a paused worker go on."""
        with self._changed:
            self._order(Stop(number, go_on=True))

    def until(self, happened: Callable[[], bool], seconds: float) -> bool:
        """Wait until something happened in the fleet, or so long. Returns whether it did."""
        with self._changed:
            came = self._changed.wait_for(lambda: self._error or happened(), seconds)
        if self._error:
            raise self._error
        return bool(came)

    def _start(self, drain_id: str, *, sweep: bool = False) -> None:
        if len(self._living) >= self.limits.drains:
            self.refused += 1
        elif not self._ending:
            self.started += 1
            self._living.add(self.started)
            self._order(Spawn(self.started, drain_id, sweep))

    def _order(self, order: Order) -> None:
        assert self._nursery.stdin
        self._nursery.stdin.write(msgspec.json.encode(order) + b"\n")
        self._nursery.stdin.flush()

    def _listen(self) -> None:
        assert self._nursery.stdout
        try:
            for line in self._nursery.stdout:
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
            case Dying():
                self.deaths[event.number] = event.at
            case Asked():
                # Mail is drained by the tests themselves, in the end.
                if event.kind == KIND:
                    self._start(event.drain_id)
            case Ended():
                self._living.discard(event.number)
                self.statuses[event.number] = event.status


def settle_down(fleet: Fleet, drained: Callable[[], bool], seconds: float) -> None:
    """Wait until the lanes are drained.

    Sweeps only when nothing runs, for as long as something that was asked for could still come.
    """
    ends = time.monotonic() + seconds
    pause = fleet.limits.start_grace + fleet.limits.lease
    while not drained():
        assert time.monotonic() < ends, "the lanes are not drained"
        assert not fleet.crashed, fleet.log.read_text()[-4000:]
        if not fleet.until(lambda: fleet.idle, 0.05):
            continue
        if not fleet.until(lambda: not fleet.idle, pause) and not drained():
            fleet.sweep()
