"""The owners of slots, as CLUSTER SLOTS names them."""

from __future__ import annotations

import pytest

from chalicelib.bootstrap.redis_topology import Address, Topology

ASKED = Address("asked", 6379)
ONE, TWO, REPLICA = Address("one", 1), Address("two", 2), Address("three", 3)
# Out of order, with a gap from 200 to 299, and with servers that do not know their host.
SLOTS = [
    [300, 400, [b"two", 2, b"id", {}], [b"three", 3, b"id", {}]],
    [0, 100, [b"one", 1, b"id"]],
    [101, 199, [b"", 4, b"id"]],
    [401, 401, [None, 5, b"id"]],
    [402, 16383, [b"one", 1, b"id"]],
]


@pytest.mark.parametrize(
    ("slot", "owner"),
    [
        (0, ONE),
        (100, ONE),
        (101, Address("asked", 4)),
        (199, Address("asked", 4)),
        (200, None),
        (299, None),
        (300, TWO),
        (401, Address("asked", 5)),
        (16383, ONE),
    ],
)
def test_owner_of_a_slot_is_found(slot: int, owner: Address | None) -> None:
    assert Topology(SLOTS, ASKED).owner(slot) == owner


def test_each_server_is_listed_once_and_replicas_last() -> None:
    topology = Topology(SLOTS, ASKED)
    assert topology.primaries == [ONE, Address("asked", 4), TWO, Address("asked", 5)]
    assert topology.servers == [*topology.primaries, REPLICA]


def test_topology_without_slots_has_no_owner() -> None:
    assert Topology([], ASKED).owner(1) is None
