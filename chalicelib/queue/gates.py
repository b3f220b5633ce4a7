"""Gates: when the lanes of all shards stop accepting jobs for a subject.

The subject of a gate is kept elsewhere, for example in a database, and processes may die between
that place and the gate. So each change has a fence, a number that grows with each change of the
subject. A gate does not go back to an older state, however late a write arrives.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from chalicelib.queue.limits import GroupRate
from chalicelib.queue.models import encode_closing_time
from chalicelib.queue.scripts import GATE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chalicelib.queue.shards import Shards

_SCAN_COUNT = 500


class GateState(msgspec.Struct, frozen=True):
    """When a gate closes, and what its jobs must be based on.

    Args:
        closes_at: the gate accepts jobs until then; None means without an end.
        closed_at: when the gate was closed for good, whatever any clock shows; None if it was not.
        version: the version of the subject that jobs must be based on; empty if they are based on
            none.
        rate: how many jobs of one lane all gates of its group accept together; None without limit.
    """

    closes_at: datetime | None = None
    closed_at: datetime | None = None
    version: str = ""
    rate: GroupRate | None = None

    def encode(self) -> str:
        """Return when the gate closes, as Redis keeps it."""
        if self.closed_at is not None:
            return f"-{encode_closing_time(max(self.closed_at, _FIRST_TIME))}"
        return encode_closing_time(self.closes_at)

    def encode_rate(self) -> str:
        """Return the rate of the group, as Redis keeps it."""
        return self.rate.encode() if self.rate else ""


# The first time whose negative number differs from the number of a time at which a gate closes.
_FIRST_TIME = datetime.fromisoformat("1970-01-01T00:00:00.001+00:00")


class StoredGate(NamedTuple):
    """A gate in one shard.

    Args:
        state: when it closes, as Redis keeps it; None if the gate does not exist.
        fence: the fence of its newest change.
        version: the version of the subject that jobs must be based on.
        rate: the rate of its group, as Redis keeps it.
    """

    state: str | None
    fence: int
    version: str = ""
    rate: str = ""

    def accepts_at(self, time: datetime) -> bool:
        """Return whether the gate accepts jobs at a time."""
        if self.state is None:
            return False
        return self.state == "0" or int(self.state) > int(encode_closing_time(time))


class Gates:
    """The gates of the lanes of one kind, in all shards."""

    def __init__(self, shards: Shards) -> None:
        self._shards = shards

    def narrow(self, gate: str, state: GateState, fence: int) -> None:
        """Announce a change after which a gate accepts less. It accepts less from now on.

        Args:
            gate: the id of the gate.
            state: the future state of the gate.
            fence: between the fences of the present and of the future state.
        """
        self._run("narrow", gate, state, fence)

    def follow(self, gate: str, state: GateState, fence: int) -> None:
        """Put a gate into the state of its subject, unless the subject was changed since."""
        self._run("follow", gate, state, fence)

    def _run(self, mode: str, gate: str, state: GateState, fence: int) -> None:
        for lanes in self._shards:
            arguments = (mode, gate, state.encode(), fence, state.version, state.encode_rate())
            GATE.run(lanes.redis, lanes.ring, *lanes.scope, *arguments)

    def keep_rules(self, gate: str, version: str, rules: bytes, seconds: int | None = None) -> None:
        """Keep what jobs must satisfy that are based on a version of the subject of a gate.

        A version never changes, so a process can keep the rules in its memory.

        Args:
            gate: the id of the gate.
            version: the version.
            rules: the rules.
            seconds: how long to keep them; None means without an end.
        """
        first = self._shards[0]
        first.redis.set(first.keys.gate_rules(gate, version), rules, ex=seconds)

    def read_rules(self, gate: str, version: str) -> bytes | None:
        """Return the rules of a version of the subject of a gate, or None."""
        first = self._shards[0]
        stored: bytes | None = first.redis.get(first.keys.gate_rules(gate, version))
        return stored

    def find_lacking_rules(self, versions: Mapping[str, str]) -> set[str]:
        """Return the gates whose rules are missing, of gates with versions of their subjects."""
        if not versions:
            return set()
        first = self._shards[0]
        with first.redis.pipeline(transaction=False) as pipe:
            for gate, version in versions.items():
                pipe.exists(first.keys.gate_rules(gate, version))
            found = pipe.execute()
        return {gate for gate, exists in zip(versions, found, strict=True) if not exists}

    def expire_rules(self, gate: str, version: str, seconds: int) -> None:
        """Forget the rules of a former version after some seconds."""
        first = self._shards[0]
        first.redis.expire(first.keys.gate_rules(gate, version), seconds)

    def read(self, gates: Sequence[str]) -> dict[str, list[StoredGate]]:
        """Return each gate as all shards keep it."""
        found: dict[str, list[StoredGate]] = {gate: [] for gate in gates}
        if not gates:
            return found
        for lanes in self._shards:
            with lanes.redis.pipeline(transaction=False) as pipe:
                pipe.hmget(lanes.keys.gates(), gates)
                pipe.hmget(lanes.keys.gate_fences(), gates)
                pipe.hmget(lanes.keys.gate_versions(), gates)
                pipe.hmget(lanes.keys.gate_rates(), gates)
                answers = pipe.execute()
            for gate, state, fence, *texts in zip(gates, *answers, strict=True):
                version, rate = ((text or b"").decode() for text in texts)
                text = state.decode() if state else None
                found[gate].append(StoredGate(text, int(fence or 0), version, rate))
        return found

    @property
    def shards(self) -> int:
        """The number of shards."""
        return len(self._shards)

    def scan(self, shard: int, cursor: int) -> tuple[int, list[str]]:
        """Return ids of gates from a cursor of a shard, behind the next cursor, 0 at the end.

        A gate may appear several times in a scan.
        """
        lanes = self._shards[shard]
        following, found = lanes.redis.hscan(lanes.keys.gates(), cursor, count=_SCAN_COUNT)
        return following, [gate.decode() for gate in found]

    def load_progress(self) -> bytes | None:
        """Return the progress of the program that reconciles the gates, or None."""
        first = self._shards[0]
        stored: bytes | None = first.redis.get(first.keys.reconciler("gates"))
        return stored

    def save_progress(self, progress: bytes) -> None:
        """Keep the progress of the program that reconciles the gates for an hour."""
        first = self._shards[0]
        first.redis.set(first.keys.reconciler("gates"), progress, ex=60 * 60)
