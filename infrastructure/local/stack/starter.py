"""Start servers and wait until they answer."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import psutil

from infrastructure.local.stack import processes
from infrastructure.local.stack.errors import StackError
from infrastructure.local.stack.layout import DEFAULT_DIRECTORY, Layout, make_private
from infrastructure.local.stack.ports import Ports, free_port, is_free
from infrastructure.local.stack.services import SERVICES, Service
from infrastructure.local.stack.state import Record, Registry

READY_SECONDS = 60.0
POLL_SECONDS = 0.02
LOG_BYTES = 5_000_000

Progress = Callable[[str], None]


@dataclass(frozen=True)
class StartedServer:
    """A server that was started or resumed, and does not answer yet.

    `log_start` is the length of its log before the start, in bytes.
    """

    service: Service
    process: psutil.Process
    port: int
    began: float
    log_start: int


class Starter:
    """Starts the servers of one stack. The caller holds the lock of the stack."""

    def __init__(self, layout: Layout, registry: Registry, wanted: Ports) -> None:
        self._layout = layout
        self._registry = registry
        self._wanted = wanted

    def start(self, services: Iterable[Service], progress: Progress) -> None:
        """Start the servers that do not run, all at the same time, and wait until they answer.

        Raises:
            StackError: A port is in use, or a server does not start.
        """
        records = self._registry.records()
        running = {service.name: processes.find(records.get(service.name)) for service in services}
        self._check_running_ports(running, records)
        missing = [name for name, process in running.items() if process is None]
        ports = self._choose_ports(missing, records)
        if missing:
            self._end_strays()
        starting = [self._launch(SERVICES[name], ports[name]) for name in missing]
        for name, process in running.items():
            if process is not None and processes.is_paused(process):
                starting.append(self._resume(SERVICES[name], process, records[name].port))
        self._await(starting, progress)

    def _check_running_ports(
        self, running: dict[str, psutil.Process | None], records: dict[str, Record]
    ) -> None:
        for name, process in running.items():
            wanted = self._wanted.of(name)
            if process is not None and wanted not in (None, records[name].port):
                raise StackError(
                    f"{name} runs on port {records[name].port}, not on the configured {wanted}:"
                    " run `make down` first."
                )

    def _choose_ports(self, names: Iterable[str], records: dict[str, Record]) -> dict[str, int]:
        """Return a port for each server: the configured one, the previous one, or any free port."""
        chosen: dict[str, int] = {}
        is_default = self._layout.directory == DEFAULT_DIRECTORY
        for name in names:
            wanted = self._wanted.of(name)
            if wanted is not None:
                if not is_free(wanted):
                    raise StackError(
                        f"Port {wanted}, configured for {name} by"
                        f" HIRELANE_{name.upper()}_PORT, is in use by another program."
                    )
                chosen[name] = wanted
                continue
            remembered = records[name].port if name in records else None
            preferred = SERVICES[name].preferred_port if is_default else None
            chosen[name] = free_port(remembered, preferred, taken=frozenset(chosen.values()))
        return chosen

    def _end_strays(self) -> None:
        """Kill servers without a record, because they use the files of those to be started."""
        known = [
            member
            for record in self._registry.records().values()
            if (process := processes.find(record))
            for member in processes.tree(process)
        ]
        processes.kill(processes.strays(self._layout.directory, known))

    def _launch(self, service: Service, port: int) -> StartedServer:
        command = service.command(self._layout, port)
        service.prepare(self._layout)
        log = self._layout.log(service.name)
        make_private(log.parent)
        if log.exists() and log.stat().st_size > LOG_BYTES:
            log.replace(log.with_suffix(".log.old"))
        log_start = log.stat().st_size if log.exists() else 0
        environment = service.environment(self._layout, port)
        environment[processes.MARK] = str(self._layout.directory)
        process = processes.start(command, environment, self._layout.data(service.name), log)
        self._registry.put(service.name, Record(port, process.pid, processes.birth(process)))
        return StartedServer(service, process, port, time.monotonic(), log_start)

    def _resume(self, service: Service, process: psutil.Process, port: int) -> StartedServer:
        processes.resume(process)
        log_start = self._layout.log(service.name).stat().st_size
        return StartedServer(service, process, port, time.monotonic(), log_start)

    def _await(self, starting: list[StartedServer], progress: Progress) -> None:
        if not starting:
            return
        with ThreadPoolExecutor(len(starting)) as pool:
            waiting = {pool.submit(self._await_one, server): server for server in starting}
            failures = []
            for future in as_completed(waiting):
                server = waiting[future]
                try:
                    future.result()
                except StackError as error:
                    failures.append(error)
                    continue
                seconds = time.monotonic() - server.began
                address = f"127.0.0.1:{server.port}"
                progress(f"  {server.service.name:<10}  {address:<15}  ready in {seconds:.1f} s")
        if failures:
            raise failures[0]

    def _await_one(self, server: StartedServer) -> None:
        deadline = server.began + READY_SECONDS
        while processes.is_alive(server.process):
            # Check again after the answer: it may have come from another program.
            if server.service.is_ready(server.port) and processes.is_alive(server.process):
                return
            if time.monotonic() > deadline:
                reason = f"did not answer within {READY_SECONDS:.0f} s"
                break
            time.sleep(POLL_SECONDS)
        else:
            reason = "ended while starting"
        processes.stop(server.process, patience=0)
        self._registry.clear_process(server.service.name)
        log = self._layout.log(server.service.name)
        raise StackError(
            f"{server.service.name} {reason}; its log is {log}\n{_tail(log, server.log_start)}"
        )


def _tail(log: Path, start: int, lines: int = 10) -> str:
    with log.open(errors="replace") as file:
        file.seek(start)
        return "\n".join(f"    {line}" for line in file.read().splitlines()[-lines:])
