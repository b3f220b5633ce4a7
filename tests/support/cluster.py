"""A Valkey cluster of three nodes on loopback, from the same binary as the local stack's server."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from redis import Redis
from redis.cluster import RedisCluster
from redis.exceptions import RedisError

from infrastructure.local.stack.ports import free_port
from infrastructure.local.stack.services import valkey_server
from tests.support.timing import PATIENCE_SECONDS

NODES = 3
SLOTS = 16384


@contextmanager
def running_cluster(directory: Path) -> Iterator[RedisCluster]:
    """Start the nodes, give each its share of the slots, and wait until they agree."""
    with ExitStack() as stack:
        ports: list[int] = []
        for number in range(NODES):
            port = free_port(taken=frozenset(ports))
            bus = free_port(taken=frozenset([*ports, port]))
            ports += [port, bus]
            stack.enter_context(_node(directory / str(number), port, bus))
        nodes: list[Any] = [
            stack.enter_context(Redis(port=port, socket_timeout=5)) for port in ports[::2]
        ]
        for number, node in enumerate(nodes):
            _until(node.ping)
            first, last = SLOTS * number // NODES, SLOTS * (number + 1) // NODES - 1
            node.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
            node.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            node.execute_command("CLUSTER", "MEET", "127.0.0.1", ports[0], ports[1])
        for node in nodes:
            _until(partial(_agrees, node))
        yield stack.enter_context(RedisCluster.from_url(f"redis://127.0.0.1:{ports[0]}"))


@contextmanager
def _node(directory: Path, port: int, bus: int) -> Iterator[None]:
    directory.mkdir(parents=True)
    command = [
        str(valkey_server()),
        *("--bind", "127.0.0.1", "--port", str(port), "--cluster-port", str(bus)),
        *("--cluster-enabled", "yes", "--appendonly", "yes", "--appendfsync", "everysec"),
        *("--dir", str(directory), "--logfile", "valkey.log"),
    ]
    process = subprocess.Popen(command)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _agrees(node: Any) -> bool:
    info = node.execute_command("CLUSTER INFO")
    return bool(info["cluster_state"] == "ok" and info["cluster_known_nodes"] == str(NODES))


def _until(ready: Callable[[], object]) -> None:
    ends = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            if ready():
                return
        except RedisError:
            pass
        if time.monotonic() > ends:
            raise TimeoutError("the cluster did not come up")
        time.sleep(0.05)
