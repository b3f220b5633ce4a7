"""What a stack remembers about its servers between commands."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from fcntl import LOCK_EX, flock
from pathlib import Path

from infrastructure.local.stack.layout import Layout


@dataclass(frozen=True)
class Record:
    """One server: its port, kept for the next start, and the process that ran when last seen.

    `birth` is the mark by which the process is told from a later one with the same pid
    (see processes.birth).
    """

    port: int
    pid: int | None = None
    birth: str = ""


class Registry:
    """The records of a stack's servers, in a file that is replaced as a whole."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def records(self) -> dict[str, Record]:
        """The servers by name; none when the file is missing or was damaged."""
        try:
            content = json.loads(self._path.read_text())
            return {name: Record(**fields) for name, fields in content["servers"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def put(self, name: str, record: Record) -> None:
        """Stores a server's record in place of its former one."""
        records = self.records() | {name: record}
        servers = {server: asdict(fields) for server, fields in records.items()}
        temporary = self._path.with_suffix(".new")
        temporary.write_text(json.dumps({"servers": servers}) + "\n")
        temporary.replace(self._path)

    def forget_process(self, name: str) -> None:
        """Keeps the port alone."""
        if record := self.records().get(name):
            self.put(name, Record(record.port))


@contextmanager
def exclusive(layout: Layout) -> Iterator[None]:
    """Keeps two commands from starting or stopping the same stack at once: the second waits."""
    layout.directory.mkdir(parents=True, exist_ok=True)
    with layout.lock_file.open("w") as lock:
        flock(lock, LOCK_EX)
        yield
