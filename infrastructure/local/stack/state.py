"""The records of the servers of a stack, which last between commands."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

from infrastructure.local.stack.layout import Layout


@dataclass(frozen=True)
class Record:
    """One server: its port, which is kept for the next start, and its last known process.

    `birth` distinguishes the process from a later one with the same pid (see `processes.birth`).
    """

    port: int
    pid: int | None = None
    birth: str = ""


class Registry:
    """The records of the servers, in a file that is replaced atomically."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def records(self) -> dict[str, Record]:
        """Return the records by server name; none if the file is missing or damaged."""
        try:
            content = json.loads(self._path.read_text())
            return {name: Record(**fields) for name, fields in content["servers"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def put(self, name: str, record: Record) -> None:
        """Store the record of a server."""
        records = self.records() | {name: record}
        servers = {server: asdict(fields) for server, fields in records.items()}
        temporary = self._path.with_suffix(".new")
        temporary.write_text(json.dumps({"servers": servers}) + "\n")
        temporary.replace(self._path)

    def clear_process(self, name: str) -> None:
        """Keep only the port of a server."""
        if record := self.records().get(name):
            self.put(name, Record(record.port))


@contextmanager
def exclusive(layout: Layout) -> Iterator[None]:
    """Hold the lock of the stack; a second command that starts or stops it waits."""
    layout.make_directory()
    with layout.lock_file.open("w") as lock:
        flock(lock, LOCK_EX)
        yield


@contextmanager
def exclusive_deployment(layout: Layout, progress: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock of deployments; a second command that changes functions or secrets waits.

    Two deployments at once would both create the same resources, and one would fail.
    """
    with layout.deployment_lock_file.open("w") as lock:
        try:
            flock(lock, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            progress("Another command deploys to this stack; waiting for it.")
            flock(lock, LOCK_EX)
        yield
