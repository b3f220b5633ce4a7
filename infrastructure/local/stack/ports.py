"""Which ports of 127.0.0.1 the servers listen on."""

import os
import random
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from infrastructure.local.stack.errors import StackError

# Below the range from which Linux and macOS take the ports of outgoing connections, so that a port
# found free is still free when its server starts a moment later.
CANDIDATES = range(20000, 32000)


@dataclass(frozen=True)
class Ports:
    """The ports asked for; None leaves the choice to the stack."""

    valkey: int | None = None
    mongodb: int | None = None
    localstack: int | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Ports":
        """The ports that HIRELANE_VALKEY_PORT and its siblings configure.

        Raises:
            StackError: a variable holds no port number.
        """
        return cls(
            valkey=_port(environment, "HIRELANE_VALKEY_PORT"),
            mongodb=_port(environment, "HIRELANE_MONGODB_PORT"),
            localstack=_port(environment, "HIRELANE_LOCALSTACK_PORT"),
        )

    def of(self, service: str) -> int | None:
        """The port asked for the service of this name."""
        return {
            "valkey": self.valkey,
            "mongodb": self.mongodb,
            "localstack": self.localstack,
        }[service]


def _port(environment: Mapping[str, str], name: str) -> int | None:
    text = environment.get(name, "")
    if not text:
        return None
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise StackError(f"{name}={text} is not a port number.")
    return int(text)


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket() as probe:
        # As servers do: the remains of closed connections do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port(*preferred: int | None, taken: frozenset[int] = frozenset()) -> int:
    """The first preferred port that is free, else any; none of those taken.

    Raises:
        StackError: no port is free.
    """
    scattered = random.sample(CANDIDATES, 200)
    for port in (*preferred, *scattered):
        if port is not None and port not in taken and is_free(port):
            return port
    raise StackError("No free port was found on 127.0.0.1.")
