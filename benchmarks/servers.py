"""The servers of a run: its own Valkey and SecantusDB in a temporary folder."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pymongo import MongoClient
from redis import Redis

from infrastructure.local.stack.endpoints import MONGODB_OPTIONS
from infrastructure.local.stack.layout import Layout
from infrastructure.local.stack.ports import free_port
from infrastructure.local.stack.services import SERVICES, Service

READY_SECONDS = 30.0

# The durability of Valkey. These options come after those of the local stack and override them.
PERSISTENCE: dict[str, tuple[str, ...]] = {
    "aof off": ("--appendonly", "no"),
    "everysec": ("--appendonly", "yes", "--appendfsync", "everysec"),
    "always": ("--appendonly", "yes", "--appendfsync", "always"),
}


class ServerError(Exception):
    """A server does not start. The message has the reason."""


@dataclass(frozen=True)
class Servers:
    """The addresses of the servers of a run, and the durability of Valkey."""

    valkey_port: int
    mongodb_port: int
    persistence: str

    @property
    def redis_url(self) -> str:
        """The URL of Valkey."""
        return f"redis://127.0.0.1:{self.valkey_port}/0"

    @property
    def mongodb_uri(self) -> str:
        """The URL of SecantusDB."""
        return f"mongodb://127.0.0.1:{self.mongodb_port}/benchmarks?{MONGODB_OPTIONS}"

    def empty(self) -> None:
        """Delete all data, so that each measurement starts with empty servers."""
        with Redis.from_url(self.redis_url, socket_timeout=120) as redis:
            # With SYNC, because Valkey would free the memory during the next measurement otherwise.
            redis.execute_command("FLUSHALL", "SYNC")
        with MongoClient[dict[str, object]](self.mongodb_uri, timeoutMS=120_000) as mongo:
            mongo.drop_database("benchmarks")

    def memory(self) -> int:
        """Return the bytes that Valkey has allocated (``used_memory``)."""
        with Redis.from_url(self.redis_url) as redis:
            return int(redis.info("memory")["used_memory"])


@contextlib.contextmanager
def running(persistence: str) -> Iterator[Servers]:
    """Run servers on free ports of loopback. They are always stopped and their files deleted.

    Raises:
        ServerError: a server does not start.
    """
    with (
        tempfile.TemporaryDirectory(prefix="hirelane-bench-") as folder,
        contextlib.ExitStack() as on,
    ):
        layout = Layout(Path(folder))
        valkey = free_port()
        mongodb = free_port(taken=frozenset({valkey}))
        on.enter_context(_running(SERVICES["valkey"], layout, valkey, PERSISTENCE[persistence]))
        on.enter_context(_running(SERVICES["mongodb"], layout, mongodb))
        yield Servers(valkey, mongodb, persistence)


@contextlib.contextmanager
def _running(
    service: Service, layout: Layout, port: int, options: Sequence[str] = ()
) -> Iterator[None]:
    service.prepare(layout)
    log = layout.log(service.name)
    log.parent.mkdir(exist_ok=True)
    with log.open("wb") as output:
        # In its own session, because Ctrl-C at the terminal must not stop it before its clients.
        process = subprocess.Popen(
            [*service.command(layout, port), *options],
            cwd=layout.data(service.name),
            env=service.environment(layout, port),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + READY_SECONDS
        while not service.is_ready(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise ServerError(f"{service.name} does not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        try:
            process.wait(service.patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
