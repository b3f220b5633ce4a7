"""A client of a Redis cluster that answers or fails within a given time.

redis-py's own ``RedisCluster`` follows ASK redirections, which can lose a write, limits the time of
an attempt and not of a call, and reads the table of all commands (docs/adr/0049).
"""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING, Any

from redis import Redis
from redis.client import Pipeline
from redis.crc import key_slot
from redis.exceptions import ConnectionError as ConnectionFailure
from redis.exceptions import MovedError, RedisClusterException, RedisError, ResponseError
from redis.exceptions import TimeoutError as NoAnswer

from chalicelib.bootstrap.redis_nodes import RedisNodes, slot_not_served
from chalicelib.bootstrap.redis_retry import WRONG_SERVER
from chalicelib.bootstrap.redis_topology import Address, Topology
from chalicelib.common.outages import redis_error_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.bootstrap.redis_nodes import Command

_FIRST_PAUSE, _LONGEST_PAUSE = 0.005, 0.1
# The index of the first key of commands whose first argument is something else. A scan is of the
# keys with a prefix, with which its pattern starts.
_KEY_INDEXES = {"EVAL": 3, "EVALSHA": 3, "SCAN": 3}
_OF_EVERY_PRIMARY = frozenset(("FLUSHALL", "PING", "SCRIPT FLUSH", "SCRIPT LOAD"))


class ClusterClient(Redis):
    """A client of a cluster, with one connection for each server that it needs.

    It has the methods of redis-py's ``Redis``. The first key of a command, or of a pipeline, names
    the server. While a slot has no server or moves to another one, a call is repeated until its
    time is up. If the connection was closed, it is repeated once. A call that timed out is not.

    It never follows an ASK redirection. While a slot is moved key by key, the server that gets it
    answers only clients that follow one. What they write is lost if the move is cancelled.

    Args:
        url: the address of one server of the cluster.
        connect_seconds: how long to wait for a connection.
        answer_seconds: how long to wait for an answer. A call takes no longer than this and
            ``connect_seconds`` together.

    Raises:
        redis.exceptions.RedisError: no server can be reached.
        redis.exceptions.RedisClusterException: the server is not part of a cluster.
    """

    def __init__(self, url: str, *, connect_seconds: float, answer_seconds: float) -> None:
        self._nodes = RedisNodes(url, connect_seconds, answer_seconds)
        super().__init__(connection_pool=self._nodes.pool)
        self._patience = connect_seconds + answer_seconds
        # The owners of single slots that servers reported since the topology was read.
        self._moved: dict[int, Address] = {}
        self._topology: Topology | None = None
        self._is_stale = False
        self._suspect: Address | None = None
        self._lock = Lock()
        self._current_topology(time.monotonic() + self._patience)

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """Execute a command on the primary that owns its first key, or on ``target_nodes``."""
        target = options.pop("target_nodes", None)
        commands = [(args, options)]
        if target is not None:
            answers = self._call(target, commands)
        elif args[0] in _OF_EVERY_PRIMARY:
            answers = [self._call(owner, commands)[0] for owner in self.get_primaries()]
        else:
            answers = self._call(_slot_of(args), commands)
        if isinstance(answers[-1], Exception):
            raise answers[-1]
        return answers[-1]

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        """Return a pipeline of commands whose keys are all in one slot.

        Raises:
            RedisClusterException: a transaction is requested, for which there are scripts.
        """
        if transaction:
            raise RedisClusterException("the pipelines of this client are not transactions")
        return _ClusterPipeline(self)

    def execute_commands(self, commands: Sequence[Command]) -> list[Any]:
        """Execute commands on the primary that owns the first key of the first one.

        Returns:
            The answers; a command that failed has its exception as the answer.
        """
        return self._call(_slot_of(commands[0][0]), commands)

    def get_primaries(self) -> list[Address]:
        """Return the addresses of the primaries that own slots."""
        return self._current_topology(time.monotonic() + self._patience).primaries

    def get_node_from_key(self, key: str) -> Address:
        """Return the address of the primary that owns a key."""
        return self._owner(key_slot(key.encode()), time.monotonic() + self._patience)

    def close(self) -> None:
        """Close all connections."""
        self._nodes.close()
        super().close()

    def _call(self, target: int | Address, commands: Sequence[Command]) -> list[Any]:
        """Send commands to a server, or to the owner of a slot. Repeat what may be repeated."""
        ends = time.monotonic() + self._patience
        pause, moves, was_closed = _FIRST_PAUSE, 0, False
        while True:
            address = None
            try:
                address = target if isinstance(target, Address) else self._owner(target, ends)
                answers = self._nodes.exchange(address, commands, ends)
            except (ConnectionFailure, NoAnswer) as error:
                self._distrust(address)
                if was_closed or isinstance(error, NoAnswer):
                    raise
                was_closed = True
                continue
            except ResponseError as error:
                # No server knows the owner of the slot.
                answers = [error]
            wrong = next(filter(_is_of_wrong_server, answers), None)
            if wrong is None:
                return answers
            if isinstance(wrong, MovedError):
                moves += 1
                host = wrong.host or address.host if address else wrong.host
                self._moved[wrong.slot_id] = Address(host, wrong.port)
                if moves == 1:
                    continue
            if redis_error_code(wrong) not in ("ASK", "TRYAGAIN"):
                self._is_stale = True
            if time.monotonic() + pause >= ends:
                raise wrong
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _distrust(self, address: Address | None) -> None:
        """Read the topology before the next call, and not from this server."""
        self._is_stale = True
        if address is not None:
            self._suspect = address
            self._nodes.drop(address)

    def _owner(self, slot: int, ends: float) -> Address:
        topology = self._current_topology(ends)
        owner = self._moved.get(slot) or topology.owner(slot)
        if owner is None:
            self._is_stale = True
            raise slot_not_served()
        return owner

    def _current_topology(self, ends: float) -> Topology:
        if self._topology is not None and not self._is_stale:
            return self._topology
        with self._lock:
            if self._topology is not None and not self._is_stale:
                # Another thread has read it meanwhile.
                return self._topology
            self._topology = self._read_topology(ends)
            self._moved.clear()
            self._is_stale, self._suspect = False, None
            return self._topology

    def _read_topology(self, ends: float) -> Topology:
        """Read the topology from the first server that answers, a suspect one last."""
        servers = [*(self._topology.servers if self._topology else ()), self._nodes.first]
        servers.sort(key=lambda server: server == self._suspect)
        for server in servers[:-1]:
            try:
                return self._nodes.read_topology(server, ends)
            except RedisError:
                if time.monotonic() > ends:
                    raise
        return self._nodes.read_topology(servers[-1], ends)


class _ClusterPipeline(Pipeline):
    """A pipeline whose commands go to one server of a cluster."""

    def __init__(self, client: ClusterClient) -> None:
        super().__init__(client.connection_pool, {}, transaction=False, shard_hint=None)
        self._client = client

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        """Execute the commands and return the answers."""
        commands: list[Command] = self.command_stack
        try:
            answers = self._client.execute_commands(commands) if commands else []
        finally:
            self.reset()
        if raise_on_error:
            for answer in answers:
                if isinstance(answer, Exception):
                    raise answer
        return answers


def _slot_of(command: Sequence[Any]) -> int:
    """Return the slot of the first key of a command."""
    index = _KEY_INDEXES.get(command[0], 1)
    if len(command) <= index:
        raise RedisClusterException(f"{command[0]} has no key that names a server of the cluster")
    key = command[index]
    return key_slot(key if isinstance(key, bytes) else str(key).encode())


def _is_of_wrong_server(answer: object) -> bool:
    return isinstance(answer, ResponseError) and redis_error_code(answer) in WRONG_SERVER
