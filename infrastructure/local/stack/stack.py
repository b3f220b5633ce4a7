"""Bringing a stack up, taking it down, and disturbing it for tests."""

import signal
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

from infrastructure.local.stack import processes
from infrastructure.local.stack.endpoints import Endpoints, endpoint
from infrastructure.local.stack.errors import StackError
from infrastructure.local.stack.layout import Layout
from infrastructure.local.stack.ports import Ports
from infrastructure.local.stack.services import SERVICES
from infrastructure.local.stack.starter import Progress, Starter
from infrastructure.local.stack.state import Registry, exclusive
from infrastructure.local.stack.status import ServiceStatus, service_status


def silent(line: str) -> None:
    """Progress that nobody wants to see."""


class Stack:
    """The servers whose files lie in one directory; stacks in different ones do not meet.

    Several processes may command the same stack at the same time: they take turns.
    """

    def __init__(self, directory: Path, ports: Ports | None = None) -> None:
        self.layout = Layout(directory.absolute())
        self._registry = Registry(self.layout.state_file)
        self._starter = Starter(self.layout, self._registry, ports or Ports())

    def up(self, progress: Progress = silent) -> Endpoints:
        """Starts what does not run and waits until it answers.

        Raises:
            StackError: a port is in use, or a server does not come up.
        """
        with exclusive(self.layout):
            self._starter.start(SERVICES.values(), progress)
            return self.endpoints()

    def down(self, progress: Progress = silent) -> None:
        """Stops every process of the stack, all at the same time; repeating it does nothing."""
        if not self.layout.directory.exists():
            return
        with exclusive(self.layout):
            running = self._running()
            if running:
                with ThreadPoolExecutor(len(running)) as pool:
                    stops = [pool.submit(self._stop, name, running[name]) for name in running]
                    for name, stop in zip(running, stops, strict=True):
                        progress(f"  {name:<10}  stopped in {stop.result():.1f} s")
            processes.kill(processes.strays(self.layout.directory))
            for name in SERVICES:
                self._registry.forget_process(name)

    def endpoints(self) -> Endpoints:
        """Where the running stack is reached.

        Raises:
            StackError: not all of it runs.
        """
        return Endpoints.at(**self._ports(SERVICES))

    def endpoint(self, name: str) -> str:
        """Where one service is reached, whether or not the others run.

        Raises:
            StackError: it does not run.
        """
        return endpoint(name, self._ports([name])[name])

    def is_running(self, name: str) -> bool:
        """Whether the process of a service runs; whether it answers, ``status`` tells."""
        return name in self._running()

    def status(self) -> list[ServiceStatus]:
        """The state of each service."""
        records = self._registry.records()
        with ThreadPoolExecutor(len(SERVICES)) as pool:
            asked = [
                pool.submit(service_status, service, self.layout, records.get(name))
                for name, service in SERVICES.items()
            ]
            return [answer.result() for answer in asked]

    def restart(self, name: str) -> None:
        """Stops one service as `down` does and starts it again on the same port."""
        with exclusive(self.layout):
            if process := self._running().get(name):
                self._stop(name, process)
            self._starter.start([SERVICES[name]], silent)

    def pause(self, name: str) -> None:
        """Stops one service in its tracks, as a hung machine would; it still owns its port."""
        processes.send(self._process(name), signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Lets a paused service go on."""
        processes.resume(self._process(name))

    def kill(self, name: str) -> None:
        """Kills one service without warning, as a power cut would; `up` brings it back."""
        processes.kill([self._process(name)])

    def _ports(self, names: Iterable[str]) -> dict[str, int]:
        wanted, running = list(names), self._running()
        if missing := [name for name in wanted if name not in running]:
            raise StackError(f"The stack is not up ({', '.join(missing)}): run `make up`.")
        records = self._registry.records()
        return {name: records[name].port for name in wanted}

    def _process(self, name: str) -> psutil.Process:
        process = self._running().get(name)
        if process is None:
            raise StackError(f"{name} does not run.")
        return process

    def _running(self) -> dict[str, psutil.Process]:
        found = {
            name: processes.find(record)
            for name, record in self._registry.records().items()
            if name in SERVICES
        }
        return {name: process for name, process in found.items() if process is not None}

    @staticmethod
    def _stop(name: str, process: psutil.Process) -> float:
        """Stops a service; returns the seconds it took."""
        began = time.monotonic()
        processes.stop(process, SERVICES[name].patience)
        return time.monotonic() - began
