"""The parent of the workers: it imports everything once, then forks them in milliseconds.

Usage: worker_forker.py SETTINGS, with messages.Settings as JSON. It reads orders from stdin and
writes events to stdout. It has one thread, so forking is safe. When stdin closes, it kills its
workers and exits.
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

from tests.chaos.workers.messages import Event, Exited, Kill, Killed, Order, Settings, Spawn
from tests.chaos.workers.worker import work

_ORDERS = msgspec.json.Decoder(Order)
_READ_BYTES = 65536


class WorkerForker:
    """Starts and kills workers.

    A child stays in the table of pids until it is reaped, so that its pid cannot belong to another
    process when it is killed.
    """

    def __init__(self, settings: Settings, events: int) -> None:
        self._settings = settings
        self._events = events
        self._pids: dict[int, int] = {}
        self._exited, self._exited_writer = os.pipe()
        os.set_blocking(self._exited_writer, False)
        signal.set_wakeup_fd(self._exited_writer, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)

    def run(self) -> None:
        """Carry out orders until stdin closes, then kill the workers that still run."""
        try:
            rest = b""
            while True:
                ready, _, _ = select.select([0, self._exited], [], [])
                if self._exited in ready:
                    os.read(self._exited, _READ_BYTES)
                    self._reap()
                if 0 in ready:
                    read = os.read(0, _READ_BYTES)
                    if not read:
                        return
                    *lines, rest = (rest + read).split(b"\n")
                    for line in lines:
                        self._carry_out(_ORDERS.decode(line))
        finally:
            for pid in self._pids.values():
                os.kill(pid, signal.SIGKILL)
            for pid in self._pids.values():
                os.waitpid(pid, 0)

    def _carry_out(self, order: Order) -> None:
        if isinstance(order, Spawn):
            self._spawn(order)
        elif pid := self._pids.get(order.number):
            if isinstance(order, Kill):
                send_event(self._events, Killed(order.number, time.monotonic()))
                os.kill(pid, signal.SIGKILL)
            else:
                os.kill(pid, signal.SIGCONT if order.resume else signal.SIGSTOP)

    def _spawn(self, order: Spawn) -> None:
        pid = os.fork()
        if pid:
            self._pids[order.number] = pid
            return
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.close(self._exited)
            os.close(self._exited_writer)
            status = work(self._settings, order, lambda event: send_event(self._events, event))
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def _reap(self) -> None:
        for number, pid in list(self._pids.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                del self._pids[number]
                send_event(self._events, Exited(number, os.waitstatus_to_exitcode(status)))


def send_event(events: int, event: Event) -> None:
    """Write one line. A pipe takes it whole or not at all, also from a process that is killed."""
    line = msgspec.json.encode(event) + b"\n"
    assert len(line) <= select.PIPE_BUF
    os.write(events, line)


def main(settings_json: str) -> None:
    settings = msgspec.json.decode(settings_json, type=Settings)
    # Workers log to stdout: events get a descriptor of their own.
    events = os.dup(1)
    log = os.open(settings.log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    with suppress(KeyboardInterrupt):
        WorkerForker(settings, events).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
