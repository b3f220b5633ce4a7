"""Connections to the servers of a Redis cluster, each with a limit of time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.connection import ConnectionPool
from redis.exceptions import ConnectionError as ConnectionFailure
from redis.exceptions import RedisClusterException, ResponseError
from redis.exceptions import TimeoutError as NoAnswer
from redis.retry import Retry

from chalicelib.bootstrap.redis_topology import Address, Topology

if TYPE_CHECKING:
    from collections.abc import Sequence

# How long to wait for a server that is asked for the owners of the slots.
_TOPOLOGY_SECONDS = 0.25
# A timeout of zero would mean not to block.
_SHORTEST_WAIT = 0.01

type Command = tuple[tuple[Any, ...], dict[str, Any]]


class RedisNodes:
    """One connection to each server that was needed so far.

    Args:
        url: the address of a server, whose password and settings are those of all servers.
        connect_seconds: how long to wait for a connection.
        answer_seconds: how long to wait for an answer.
    """

    def __init__(self, url: str, connect_seconds: float, answer_seconds: float) -> None:
        self.pool = ConnectionPool.from_url(
            url,
            retry=Retry(NoBackoff(), 0),
            socket_connect_timeout=connect_seconds,
            socket_timeout=answer_seconds,
        )
        options = self.pool.connection_kwargs
        self.first = Address(options.get("host", "localhost"), options.get("port", 6379))
        self._connect_seconds, self._answer_seconds = connect_seconds, answer_seconds
        self._nodes: dict[Address, Redis] = {}

    def exchange(self, address: Address, commands: Sequence[Command], ends: float) -> list[Any]:
        """Send commands to a server and return its answers, an exception for each refusal.

        Args:
            address: the server.
            commands: the arguments of each command, and the options of redis-py.
            ends: the time (``time.monotonic``) at which the caller gives up.

        Raises:
            redis.exceptions.RedisError: the server cannot be reached, or gave no answer.
        """
        node: Any = self._connect(address, ends, self._answer_seconds)
        connection = node.connection
        answers: list[Any] = []
        left = ends - time.monotonic()
        with node.single_connection_lock:
            if left < self._answer_seconds:
                connection.update_current_socket_timeout(max(left, _SHORTEST_WAIT))
            connection.send_packed_command(connection.pack_commands(args for args, _ in commands))
            for args, options in commands:
                try:
                    answers.append(node.parse_response(connection, args[0], **options))
                except ResponseError as error:
                    answers.append(error)
                except BaseException:
                    # The next commands would get the answers that were not read.
                    connection.disconnect()
                    raise
            if left < self._answer_seconds:
                connection.update_current_socket_timeout(self._answer_seconds)
        return answers

    def read_topology(self, address: Address, ends: float) -> Topology:
        """Ask a server which servers own the slots.

        Raises:
            redis.exceptions.RedisError: the server cannot be reached, or does not know it.
            redis.exceptions.RedisClusterException: the server is not part of a cluster.
        """
        try:
            node = self._connect(address, ends, _TOPOLOGY_SECONDS)
            connection: Any = node.connection
            wait = min(_TOPOLOGY_SECONDS, max(ends - time.monotonic(), _SHORTEST_WAIT))
            with node.single_connection_lock:
                connection.update_current_socket_timeout(wait)
                connection.send_command("CLUSTER", "SLOTS")
                slots = connection.read_response()
                connection.update_current_socket_timeout(self._answer_seconds)
        except ResponseError as error:
            if "cluster support disabled" in str(error):
                raise RedisClusterException("Cluster mode is not enabled on this server") from None
            raise
        except (ConnectionFailure, NoAnswer):
            self.drop(address)
            raise
        if not slots:
            raise slot_not_served()
        return Topology(slots, address)

    def drop(self, address: Address) -> None:
        """Close the connection to a server, if there is one."""
        node: Any = self._nodes.pop(address, None)
        if node is not None and node.connection is not None:
            node.connection.disconnect()

    def close(self) -> None:
        """Close all connections."""
        for address in list(self._nodes):
            self.drop(address)

    def _connect(self, address: Address, ends: float, most: float) -> Redis:
        """Return a client of one server. Wait for each answer at most ``most`` seconds."""
        node = self._nodes.get(address)
        if node is not None:
            return node
        left = min(most, max(ends - time.monotonic(), _SHORTEST_WAIT))
        options = self.pool.connection_kwargs | {
            "host": address.host,
            "port": address.port,
            "socket_connect_timeout": min(self._connect_seconds, left),
            "socket_timeout": left,
        }
        pool = ConnectionPool(self.pool.connection_class, **options)
        node = Redis(connection_pool=pool, single_connection_client=True)
        connection: Any = node.connection
        connection.socket_timeout = self._answer_seconds
        connection.update_current_socket_timeout(self._answer_seconds)
        self._nodes[address] = node
        return node


def slot_not_served() -> ResponseError:
    """Return the error of a server that knows no owner of a slot."""
    return ResponseError("CLUSTERDOWN Hash slot not served", status_code="CLUSTERDOWN")
