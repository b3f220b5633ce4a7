"""The status of each server: state, memory, disk."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

from infrastructure.local.stack import processes
from infrastructure.local.stack.layout import Layout
from infrastructure.local.stack.services import Service
from infrastructure.local.stack.state import Record

RUNNING = "running"
PAUSED = "paused"
SILENT = "not answering"
CRASHED = "crashed"
STOPPED = "stopped"


@dataclass(frozen=True)
class ServiceStatus:
    """The present status of one server; sizes are in bytes, `uptime` is in seconds.

    The memory includes all descendants of the server, such as the functions of LocalStack.
    """

    name: str
    state: str
    pid: int | None
    uptime: float | None
    address: str | None
    memory: int | None
    disk: int

    @property
    def is_running(self) -> bool:
        """Whether the server runs and answers."""
        return self.state == RUNNING


def service_status(service: Service, layout: Layout, record: Record | None) -> ServiceStatus:
    """Return the status of a server, which is asked for an answer."""
    disk = _disk_usage(layout.data(service.name))
    process = processes.find(record)
    if record is None or process is None:
        # `down` clears the record, so a recorded process that is gone has crashed.
        state = CRASHED if record and record.pid is not None else STOPPED
        return ServiceStatus(service.name, state, None, None, None, None, disk)
    if processes.is_paused(process):
        state = PAUSED
    else:
        state = RUNNING if service.is_ready(record.port) else SILENT
    return ServiceStatus(
        name=service.name,
        state=state,
        pid=process.pid,
        uptime=_uptime(process),
        address=f"127.0.0.1:{record.port}",
        memory=sum(_memory(member) for member in processes.tree(process)),
        disk=disk,
    )


def table(statuses: Iterable[ServiceStatus]) -> str:
    """Return a table for a terminal of 80 columns."""
    rows = [("SERVICE", "STATE", "PID", "UP FOR", "ADDRESS", "MEMORY", "DISK")]
    rows += [
        (
            status.name,
            status.state,
            "-" if status.pid is None else str(status.pid),
            "-" if status.uptime is None else duration(status.uptime),
            status.address or "-",
            "-" if status.memory is None else size(status.memory),
            size(status.disk),
        )
        for status in statuses
    ]
    return "\n".join(
        f"{name:<10}  {state:<13}  {pid:>7}  {up:>7}  {address:<15}  {memory:>6}  {disk:>6}"
        for name, state, pid, up, address, memory, disk in rows
    )


def duration(seconds: float) -> str:
    """Return a duration in its two largest units."""
    whole = max(0, int(seconds))
    for unit, length, smaller, divisor in (("d", 86400, "h", 3600), ("h", 3600, "m", 60)):
        if whole >= length:
            return f"{whole // length}{unit} {whole % length // divisor}{smaller}"
    return f"{whole // 60}m {whole % 60}s" if whole >= 60 else f"{whole}s"


def size(count: int) -> str:
    """Return a number of bytes with a suitable unit."""
    value = float(count)
    for unit in ("B", "KB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def _uptime(process: psutil.Process) -> float | None:
    try:
        return time.time() - float(process.create_time())
    except psutil.Error:
        return None


def _memory(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _disk_usage(directory: Path) -> int:
    total = 0
    for path in directory.rglob("*"):
        try:
            total += path.lstat().st_blocks * 512
        except OSError:  # deleted meanwhile
            continue
    return total
