"""The warm parent of the workers: imports everything once, then forks one in milliseconds.

Usage: nursery.py SETTINGS, a messages.Settings as JSON. Orders come in at stdin, events go out at
stdout. It has one thread, so forking is safe. It ends, and its workers with it, when stdin does.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time
import traceback
from contextlib import suppress

import msgspec

from tests.chaos.messages import Dying, Ended, Event, Kill, Order, Settings, Spawn
from tests.chaos.worker import work

_ORDERS = msgspec.json.Decoder(Order)
_READ_BYTES = 65536


class Nursery:
    """Starts and kills workers.

    A child is on the list until it is collected, so its pid cannot have passed to another process.
    """

    def __init__(self, settings: Settings, events: int) -> None:
        self._settings = settings
        self._events = events
        self._pids: dict[int, int] = {}
        self._ended, self._ended_writer = os.pipe()
        os.set_blocking(self._ended_writer, False)
        signal.set_wakeup_fd(self._ended_writer, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)

    def run(self) -> None:
        """Obey until stdin ends, then kill what still runs."""
        try:
            rest = b""
            while True:
                ready, _, _ = select.select([0, self._ended], [], [])
                if self._ended in ready:
                    os.read(self._ended, _READ_BYTES)
                    self._collect()
                if 0 in ready:
                    read = os.read(0, _READ_BYTES)
                    if not read:
                        return
                    *lines, rest = (rest + read).split(b"\n")
                    for line in lines:
                        self._obey(_ORDERS.decode(line))
        finally:
            for pid in self._pids.values():
                os.kill(pid, signal.SIGKILL)
            for pid in self._pids.values():
                os.waitpid(pid, 0)

    def _obey(self, order: Order) -> None:
        if isinstance(order, Spawn):
            self._spawn(order)
        elif pid := self._pids.get(order.number):
            if isinstance(order, Kill):
                tell(self._events, Dying(order.number, time.monotonic()))
                os.kill(pid, signal.SIGKILL)
            else:
                os.kill(pid, signal.SIGCONT if order.go_on else signal.SIGSTOP)

    def _spawn(self, order: Spawn) -> None:
        pid = os.fork()
        if pid:
            self._pids[order.number] = pid
            return
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.close(self._ended)
            os.close(self._ended_writer)
            status = work(self._settings, order, lambda event: tell(self._events, event))
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def _collect(self) -> None:
        for number, pid in list(self._pids.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                del self._pids[number]
                tell(self._events, Ended(number, os.waitstatus_to_exitcode(status)))


def tell(events: int, event: Event) -> None:
    """Write one line, which a pipe takes as a whole or not at all, also from a dying process."""
    line = msgspec.json.encode(event) + b"\n"
    assert len(line) <= select.PIPE_BUF
    os.write(events, line)


def main(settings_json: str) -> None:
    settings = msgspec.json.decode(settings_json, type=Settings)
    # Workers log to stdout: events get a descriptor of their own.
    events = os.dup(1)
    log = os.open(settings.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    with suppress(KeyboardInterrupt):
        Nursery(settings, events).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
