"""Start and stop a stack, and disturb its servers in tests."""

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
    """Ignore a line of progress."""


class Stack:
    """The servers with their files in one directory; other directories hold independent stacks.

    Several processes may use the same stack: a lock makes them wait for each other.
    """

    def __init__(self, directory: Path, ports: Ports | None = None) -> None:
        self.layout = Layout(directory.absolute())
        self._registry = Registry(self.layout.state_file)
        self._starter = Starter(self.layout, self._registry, ports or Ports())

    def up(self, progress: Progress = silent) -> Endpoints:
        """Start the servers that do not run, and wait until they answer.

        Raises:
            StackError: A port is in use, or a server does not start.
        """
        with exclusive(self.layout):
            self._starter.start(SERVICES.values(), progress)
            return self.endpoints()

    def down(self, progress: Progress = silent) -> None:
        """Stop all processes of the stack at the same time, if there are any."""
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
                self._registry.clear_process(name)

    def endpoints(self) -> Endpoints:
        """Return the URLs of the running stack.

        Raises:
            StackError: A server does not run.
        """
        return Endpoints.at(**self._ports(SERVICES))

    def endpoint(self, name: str) -> str:
        """Return the URL of one service, whether or not the others run.

        Raises:
            StackError: The service does not run.
        """
        return endpoint(name, self._ports([name])[name])

    def is_running(self, name: str) -> bool:
        """Return whether the process of a service runs; `status` also checks that it answers."""
        return name in self._running()

    def status(self) -> list[ServiceStatus]:
        """Return the state of each service."""
        records = self._registry.records()
        with ThreadPoolExecutor(len(SERVICES)) as pool:
            asked = [
                pool.submit(service_status, service, self.layout, records.get(name))
                for name, service in SERVICES.items()
            ]
            return [answer.result() for answer in asked]

    def restart(self, name: str) -> None:
        """Stop one service as `down` does, and start it again on the same port."""
        with exclusive(self.layout):
            if process := self._running().get(name):
                self._stop(name, process)
            self._starter.start([SERVICES[name]], silent)

    def pause(self, name: str) -> None:
        """Pause one service, like a machine that hangs; it keeps its port."""
        processes.pause(self._process(name))

    def resume(self, name: str) -> None:
        """Let a paused service continue."""
        processes.resume(self._process(name))

    def kill(self, name: str) -> None:
        """Kill one service without warning, like a power cut; `up` starts it again."""
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
        """Stop a service, and return the seconds it took."""
        began = time.monotonic()
        processes.stop(process, SERVICES[name].patience)
        return time.monotonic() - began
