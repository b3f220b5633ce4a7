"""The logs of the servers."""

import sys
import time
from pathlib import Path
from typing import TextIO

from infrastructure.local.stack.errors import StackError
from infrastructure.local.stack.layout import Layout
from infrastructure.local.stack.services import SERVICES

LAST_LINES = 20
POLL_SECONDS = 0.3


def show(layout: Layout, service: str | None, *, follow: bool) -> None:
    """Print the last lines of each log, or of the log of one service, and then new lines.

    Raises:
        StackError: There is no such service, or it has no log yet.
    """
    if service is not None and service not in SERVICES:
        raise StackError(f"There is no server {service}: the servers are {', '.join(SERVICES)}.")
    logs = {name: layout.log(name) for name in ([service] if service else SERVICES)}
    if not any(path.exists() for path in logs.values()):
        raise StackError(f"There is no log of {' or '.join(logs)} yet: run `make up`.")
    opened = {name: path.open(errors="replace") for name, path in logs.items() if path.exists()}
    try:
        for name, file in opened.items():
            _print(name, file.read().splitlines()[-LAST_LINES:])
        while follow:
            time.sleep(POLL_SECONDS)
            for name, file in opened.items():
                _print(name, _added(logs[name], file))
    finally:
        for file in opened.values():
            file.close()


def _added(path: Path, file: TextIO) -> list[str]:
    if path.exists() and path.stat().st_size < file.tell():
        file.seek(0)  # the log was rotated
    return file.read().splitlines()


def _print(name: str, lines: list[str]) -> None:
    for line in lines:
        sys.stdout.write(f"{name:<10}  {line}\n")
    sys.stdout.flush()
