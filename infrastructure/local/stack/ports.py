"""The ports of 127.0.0.1 that the servers listen on."""

import os
import random
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from infrastructure.local.stack.errors import StackError

# Below the range that Linux and macOS use for outgoing connections, so that a free port stays free
# until its server starts a moment later.
CANDIDATES = range(20000, 32000)


@dataclass(frozen=True)
class Ports:
    """The configured ports; None leaves the choice to the stack."""

    valkey: int | None = None
    mongodb: int | None = None
    localstack: int | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Ports":
        """Return the ports of HIRELANE_VALKEY_PORT, _MONGODB_PORT and _LOCALSTACK_PORT.

        Raises:
            StackError: A variable does not hold a port number.
        """
        return cls(
            valkey=_port(environment, "HIRELANE_VALKEY_PORT"),
            mongodb=_port(environment, "HIRELANE_MONGODB_PORT"),
            localstack=_port(environment, "HIRELANE_LOCALSTACK_PORT"),
        )

    def of(self, service: str) -> int | None:
        """Return the configured port of a service."""
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
    """Return whether a server can listen on the port now."""
    with socket.socket() as probe:
        # As servers do, so that closed connections do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port(*preferred: int | None, taken: frozenset[int] = frozenset()) -> int:
    """Return the first preferred port that is free, or else any free port.

    Args:
        preferred: Ports in order of preference; None is skipped.
        taken: Ports that must not be returned.

    Raises:
        StackError: No port is free.
    """
    candidates = random.sample(CANDIDATES, 200)
    for port in (*preferred, *candidates):
        if port is not None and port not in taken and is_free(port):
            return port
    raise StackError("No free port was found on 127.0.0.1.")
