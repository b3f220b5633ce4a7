"""Moves a slot of a cluster from one node to another, in each way that Valkey knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.cluster import Cluster, Node, until

if TYPE_CHECKING:
    import random

_TIMEOUT_MS = 5000
_ENDED = (b"success", b"failed", b"cancelled")


@dataclass(frozen=True, slots=True)
class KeyByKeyMigration:
    """A move by CLUSTER SETSLOT and MIGRATE, during which both nodes hold keys of the slot."""

    cluster: Cluster
    slot: int
    source: Node
    target: Node

    @classmethod
    def begin(cls, cluster: Cluster, slot: int, target: Node | None = None) -> KeyByKeyMigration:
        """Open a slot for a move to a primary, by default to the next one."""
        source = cluster.owner(slot)
        target = target or _next(cluster, source)
        migration = cls(cluster, slot, source, target)
        migration._set_slot(target, "IMPORTING", source.id)
        migration._set_slot(source, "MIGRATING", target.id)
        return migration

    def move(self, *keys: str) -> None:
        """Move keys to the target."""
        if keys:
            self.source.redis.execute_command(
                *("MIGRATE", "127.0.0.1", self.target.port, "", 0, _TIMEOUT_MS, "KEYS", *keys)
            )

    def move_some(self, share: float, chance: random.Random) -> None:
        """Move a share of the keys, chosen at random."""
        keys = sorted(_keys(self.source, self.slot))
        self.move(*chance.sample(keys, int(len(keys) * share)))

    def finish(self) -> None:
        """Move the keys that are left, and make the target the owner of the slot."""
        while keys := _keys(self.source, self.slot):
            self.move(*keys)
        for node in (self.target, self.source):
            self._set_slot(node, "NODE", self.target.id)
        until(lambda: self.cluster.agrees_on_owner(self.slot, self.target))

    def cancel(self) -> None:
        """Close the slot, if no key was moved; else finish the move, and move the slot back.

        A source whose slot is open takes no key back, and one that closed the slot serves it
        without the keys that were moved.
        """
        if _keys(self.target, self.slot):
            self.finish()
            KeyByKeyMigration.begin(self.cluster, self.slot, self.source).finish()
        else:
            self._set_slot(self.source, "STABLE")
            self._set_slot(self.target, "STABLE")

    def read_values(self) -> dict[str, bytes]:
        """Return the serialized values of the keys of the slot, wherever they are."""
        values: dict[str, bytes] = {}
        for node in (self.source, self.target):
            keys = _keys(node, self.slot)
            with node.redis.pipeline(transaction=False) as pipe:
                for key in keys:
                    # The target answers only for a client that was redirected.
                    pipe.execute_command("ASKING")
                    pipe.dump(key)
                dumped = dict(zip(keys, pipe.execute()[1::2], strict=True))
            assert not values.keys() & dumped.keys(), "both nodes have a key"
            values |= dumped
        return values

    def _set_slot(self, node: Node, *state: str) -> None:
        node.redis.execute_command("CLUSTER", "SETSLOT", self.slot, *state)


def copy_slot(cluster: Cluster, slot: int, port: int) -> None:
    """Copy the keys of a slot, wherever they are, to an empty server that is in no cluster."""
    for node in cluster.primaries:
        if keys := _keys(node, slot):
            node.redis.execute_command(
                *("MIGRATE", "127.0.0.1", port, "", 0, _TIMEOUT_MS, "COPY", "KEYS", *keys)
            )


def migrate_atomically(cluster: Cluster, slot: int) -> None:
    """Move a slot to the next primary by CLUSTER MIGRATESLOTS, and wait until all nodes know it."""
    source = cluster.owner(slot)
    target = _begin_atomic(cluster, slot, source)
    until(lambda: _last_state(source) in _ENDED)
    assert _last_state(source) == b"success"
    until(lambda: cluster.agrees_on_owner(slot, target))


def cancel_atomic_migration(cluster: Cluster, slot: int) -> None:
    """Begin an atomic move of a slot and cancel it. It may have ended before."""
    source = cluster.owner(slot)
    target = _begin_atomic(cluster, slot, source)
    source.redis.execute_command("CLUSTER", "CANCELSLOTMIGRATIONS")
    until(lambda: _last_state(source) in _ENDED)
    owner = target if _last_state(source) == b"success" else source
    until(lambda: cluster.agrees_on_owner(slot, owner))


def _begin_atomic(cluster: Cluster, slot: int, source: Node) -> Node:
    target = _next(cluster, source)
    source.redis.execute_command(
        *("CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", slot, slot, "NODE", target.id)
    )
    return target


def _next(cluster: Cluster, node: Node) -> Node:
    """Return the primary after another one."""
    primaries = cluster.primaries
    return primaries[(primaries.index(node) + 1) % len(primaries)]


def _last_state(node: Node) -> bytes:
    """Return the state of the newest atomic migration of a node."""
    [newest, *_] = node.redis.execute_command("CLUSTER", "GETSLOTMIGRATIONS")
    state: bytes = newest[b"state"]
    return state


def _keys(node: Node, slot: int) -> list[str]:
    found = node.redis.execute_command("CLUSTER", "GETKEYSINSLOT", slot, 1000)
    return [key.decode() for key in found]
