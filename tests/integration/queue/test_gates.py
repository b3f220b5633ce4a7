"""Gates: changes that arrive late, twice or not at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from redis import Redis
from redis.cluster import RedisCluster

from chalicelib.queue import (
    AcceptRequest,
    GateClosed,
    Gates,
    GateState,
    Lanes,
    Shards,
    StoredGate,
    UnknownGate,
)
from tests.support.lanes import new_job

NOW = datetime.now(UTC).replace(microsecond=0)
OPEN = GateState()
UNTIL_NOON = GateState(closes_at=NOW + timedelta(hours=1))
UNTIL_NIGHT = GateState(closes_at=NOW + timedelta(hours=9))
CLOSED = GateState(closed_at=NOW + timedelta(hours=2))  # Whatever the clock of Redis shows.


@pytest.fixture
def shards(client: Redis | RedisCluster) -> Shards:
    return Shards(client, "applications", count=2, prefix="{gates0}")


@pytest.fixture
def gates(shards: Shards) -> Gates:
    return Gates(shards)


def stored(gates: Gates) -> StoredGate:
    """Return the gate, which must be equal in all shards."""
    [*found] = set(gates.read(["posting"])["posting"])
    assert len(found) == 1
    return found[0]


def accepts(shards: Shards) -> bool:
    answers = set()
    for number, lanes in enumerate(shards):
        try:
            lanes.accept(AcceptRequest(f"owner-{number}", new_job(f"a{number}"), gate="posting"))
            answers.add(True)
            lanes.erase(f"owner-{number}")
        except (GateClosed, UnknownGate):
            answers.add(False)
    assert len(answers) == 1
    return answers.pop()


@pytest.mark.cluster
def test_gate_ends_in_the_newest_state_in_any_order(gates: Gates, shards: Shards) -> None:
    changes = [(OPEN, 2), (UNTIL_NOON, 4), (CLOSED, 6)]
    for order in permutations(changes):
        for lanes in shards:
            lanes.redis.delete(lanes.keys.gates(), lanes.keys.gate_fences())
        for state, fence in order:
            gates.follow("posting", state, fence)
        assert stored(gates) == StoredGate(CLOSED.encode(), 6)
        assert not accepts(shards)
    assert [gates.scan(shard, 0) for shard in range(gates.shards)] == [(0, ["posting"])] * 2


@pytest.mark.parametrize(
    ("present", "announced", "state", "is_open"),
    [
        (OPEN, UNTIL_NIGHT, UNTIL_NIGHT, True),
        (UNTIL_NIGHT, UNTIL_NOON, UNTIL_NOON, True),
        (UNTIL_NOON, UNTIL_NIGHT, UNTIL_NOON, True),
        (UNTIL_NOON, OPEN, UNTIL_NOON, True),
        (OPEN, CLOSED, CLOSED, False),
        (CLOSED, OPEN, CLOSED, False),
        (CLOSED, UNTIL_NOON, CLOSED, False),
    ],
)
def test_announced_change_never_opens_a_gate(
    gates: Gates,
    shards: Shards,
    present: GateState,
    announced: GateState,
    state: GateState,
    is_open: bool,
) -> None:
    gates.follow("posting", present, 2)
    gates.narrow("posting", announced, 3)
    assert stored(gates) == StoredGate(state.encode(), 3)
    assert accepts(shards) is is_open is stored(gates).accepts_at(NOW)
    gates.follow("posting", OPEN, 2)  # A late write of the former state.
    assert stored(gates) == StoredGate(state.encode(), 3)
    gates.follow("posting", OPEN, 4)
    assert accepts(shards)


def test_announced_change_does_not_create_an_open_gate(gates: Gates, shards: Shards) -> None:
    gates.narrow("posting", UNTIL_NOON, 3)
    assert stored(gates) == StoredGate(None, 0)
    gates.narrow("posting", CLOSED, 3)
    assert stored(gates) == StoredGate(CLOSED.encode(), 3)


def test_closed_gate_reports_when_it_was_closed(lanes: Lanes) -> None:
    closed_at = NOW - timedelta(minutes=1)
    Gates(Shards(lanes.redis, "applications")).follow("posting", GateState(None, closed_at), 2)
    with pytest.raises(GateClosed) as refused:
        lanes.accept(AcceptRequest("ada", new_job("a1"), gate="posting"))
    assert refused.value.closed_at == closed_at
