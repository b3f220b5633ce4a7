"""Which servers of a Redis cluster own which slots."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Address(NamedTuple):
    """The address of a server."""

    host: str
    port: int

    @property
    def name(self) -> str:
        """The address as one text."""
        return f"{self.host}:{self.port}"


class Topology:
    """Which primary owns each slot.

    Args:
        slots: the answer to CLUSTER SLOTS.
        asked: the server that gave it; its host stands for a missing one.
    """

    def __init__(self, slots: Sequence[Any], asked: Address) -> None:
        self._ranges = sorted(
            (first, last, [_address(server, asked) for server in servers])
            for first, last, *servers in slots
        )
        self._firsts = [first for first, _, _ in self._ranges]

    @property
    def primaries(self) -> list[Address]:
        """The primaries that own slots."""
        return list(dict.fromkeys(servers[0] for _, _, servers in self._ranges))

    @property
    def servers(self) -> list[Address]:
        """All servers, primaries first."""
        replicas = (server for _, _, servers in self._ranges for server in servers[1:])
        return list(dict.fromkeys((*self.primaries, *replicas)))

    def owner(self, slot: int) -> Address | None:
        """Return the primary of a slot, or None if no server owns it."""
        index = bisect_right(self._firsts, slot) - 1
        if index < 0 or self._ranges[index][1] < slot:
            return None
        return self._ranges[index][2][0]


def _address(server: Sequence[Any], asked: Address) -> Address:
    host = server[0].decode() if server[0] else ""
    return Address(host or asked.host, server[1])
