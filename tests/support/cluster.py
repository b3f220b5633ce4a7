"""Valkey clusters on loopback, from the same binary as the local stack's server."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from infrastructure.local.stack.ports import free_port
from infrastructure.local.stack.services import valkey_server
from tests.support.timing import PATIENCE_SECONDS

PRIMARIES = 3
SLOTS = 16384


class Node:
    """A server of a cluster, with a plain connection to it."""

    def __init__(self, directory: Path, port: int, bus: int, options: tuple[str, ...]) -> None:
        self.port, self.bus = port, bus
        directory.mkdir(parents=True)
        self._command = [
            str(valkey_server()),
            *("--bind", "127.0.0.1", "--port", str(port), "--cluster-port", str(bus)),
            *("--cluster-enabled", "yes", "--appendonly", "yes"),
            *("--dir", str(directory), "--logfile", "valkey.log", *options),
        ]
        self.start()
        self.redis: Any = Redis(port=port, socket_timeout=5)

    def start(self) -> None:
        """Start the process."""
        self._process = subprocess.Popen(self._command)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process."""
        self._process.send_signal(number)
        if number == signal.SIGKILL:
            self._process.wait()

    def stop(self) -> None:
        """End the process."""
        self.redis.close()
        self._process.send_signal(signal.SIGCONT)
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def epoch_of(self, node: Node) -> str:
        """Return the configuration epoch of a server, as this one knows it."""
        known = self.redis.execute_command("CLUSTER NODES")
        return str(known[f"127.0.0.1:{node.port}"]["epoch"])

    @property
    def id(self) -> str:
        """The id of the server in the cluster."""
        return str(self.redis.execute_command("CLUSTER MYID").decode())


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running cluster: its primaries, each of which may have a replica."""

    primaries: tuple[Node, ...]
    replicas: tuple[Node, ...] = ()

    @property
    def url(self) -> str:
        """The address of the first primary."""
        return f"redis://127.0.0.1:{self.primaries[0].port}"

    def owner(self, slot: int) -> Node:
        """Return the node that owns a slot, as the first node that answers sees it."""
        for asked in self.nodes:
            try:
                return self._owner_seen_by(asked, slot)
            except RedisError:
                continue
        raise LookupError("no node answers")

    def agrees_on_owner(self, slot: int, owner: Node) -> bool:
        """Return whether every node knows that this one owns a slot, and with which epoch.

        A node that does not know the epoch would claim its next slot with an older one. Then the
        previous owner's last message takes the slot back, and both nodes name the other as owner.
        """
        epoch = owner.epoch_of(owner)
        return all(
            self._owner_seen_by(asked, slot) is owner and asked.epoch_of(owner) == epoch
            for asked in self.nodes
        )

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The primaries and their replicas."""
        return (*self.primaries, *self.replicas)

    def _owner_seen_by(self, asked: Node, slot: int) -> Node:
        for first, last, (_, port, *_), *_ in asked.redis.execute_command("CLUSTER SLOTS"):
            if first <= slot <= last:
                return next(node for node in self.nodes if node.port == port)
        raise LookupError(f"no node owns slot {slot}")

    def flush(self) -> None:
        """Delete all keys."""
        for node in self.primaries:
            node.redis.flushall()


@contextmanager
def running_cluster(
    directory: Path,
    *,
    replicas: bool = False,
    node_timeout_ms: int = 15000,
    appendfsync: str = "everysec",
) -> Iterator[Cluster]:
    """Start the nodes, give each primary its share of the slots, and wait until they agree."""
    options = (
        *("--cluster-node-timeout", str(node_timeout_ms), "--appendfsync", appendfsync),
        *("--cluster-require-full-coverage", "no", "--repl-diskless-sync-delay", "0"),
    )
    with ExitStack() as stack:
        nodes: list[Node] = []
        taken: list[int] = []
        for number in range(PRIMARIES * (2 if replicas else 1)):
            port = free_port(taken=frozenset(taken))
            bus = free_port(taken=frozenset([*taken, port]))
            taken += [port, bus]
            node = Node(directory / str(number), port, bus, options)
            stack.callback(node.stop)
            nodes.append(node)
        primaries = tuple(nodes[:PRIMARIES])
        for number, node in enumerate(nodes):
            until(node.redis.ping)
            node.redis.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
        for number, node in enumerate(primaries):
            first, last = SLOTS * number // PRIMARIES, SLOTS * (number + 1) // PRIMARIES - 1
            node.redis.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
        for node in nodes[1:]:
            node.redis.execute_command("CLUSTER", "MEET", "127.0.0.1", nodes[0].port, nodes[0].bus)
        for node in nodes:
            until(partial(_agrees, node, len(nodes)))
        for primary, replica in zip(primaries, nodes[PRIMARIES:], strict=False):
            replica.redis.execute_command("CLUSTER", "REPLICATE", primary.id)
        for replica in nodes[PRIMARIES:]:
            until(partial(_follows, replica))
        yield Cluster(primaries, tuple(nodes[PRIMARIES:]))


def _agrees(node: Node, known: int) -> bool:
    info = node.redis.execute_command("CLUSTER INFO")
    return bool(info["cluster_state"] == "ok" and info["cluster_known_nodes"] == str(known))


def _follows(replica: Node) -> bool:
    return bool(replica.redis.info("replication").get("master_link_status") == "up")


def until(ready: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until a function returns a true value; an error of Redis counts as a false one."""
    ends = time.monotonic() + seconds
    while True:
        try:
            if ready():
                return
        except RedisError:
            pass
        if time.monotonic() > ends:
            raise TimeoutError("the cluster did not get there")
        time.sleep(0.02)
