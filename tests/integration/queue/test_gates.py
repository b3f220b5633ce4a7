"""Gates: changes that arrive late, twice or not at all."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from redis import Redis

from chalicelib.queue import (
    AcceptRequest,
    GateClosed,
    Gates,
    GateState,
    GroupRate,
    GroupRateExceeded,
    Lanes,
    Rate,
    Shards,
    StoredGate,
    UnknownGate,
)
from tests.support.lanes import Accept, new_job

NOW = datetime.now(UTC).replace(microsecond=0)
OPEN = GateState()
UNTIL_NOON = GateState(closes_at=NOW + timedelta(hours=1))
UNTIL_NIGHT = GateState(closes_at=NOW + timedelta(hours=9))
CLOSED = GateState(closed_at=NOW + timedelta(hours=2))  # Whatever the clock of Redis shows.
TWICE_A_DAY = GroupRate("employer", Rate.parse("2 per day"))


@pytest.fixture
def shards(client: Redis) -> Shards:
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
    limited = GateState(closed_at=CLOSED.closed_at, rate=TWICE_A_DAY)
    changes = [(OPEN, 2), (UNTIL_NOON, 4), (limited, 6)]
    for order in permutations(changes):
        for lanes in shards:
            lanes.redis.delete(lanes.keys.gates(), lanes.keys.gate_fences())
        for state, fence in order:
            gates.follow("posting", state, fence)
        assert stored(gates) == StoredGate(CLOSED.encode(), 6, rate=TWICE_A_DAY.encode())
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


@pytest.mark.cluster
def test_gates_of_a_group_accept_together_what_its_rate_allows(
    lanes: Lanes, stock: Redis, accept: Accept
) -> None:
    gates = Gates(Shards(lanes.redis, "applications"))

    def set_rate(text: str) -> None:
        for gate in ("one", "two"):
            rate = GroupRate("employer", Rate.parse(text)) if text else None
            gates.follow(gate, GateState(rate=rate), 2)

    def applies(owner: str, job_id: str, gate: str, **options: Any) -> bool:
        with suppress(GroupRateExceeded):
            accept(owner, job_id, gate=gate, idempotency_key=f"key {job_id}", **options)
            return True
        return False

    gates.follow("free", OPEN, 2)
    set_rate("2 per day")
    assert applies("ada", "a1", "one", deduplication_key="one")
    assert applies("ada", "a1-again", "one", deduplication_key="one")  # a repeat
    assert applies("ada", "a2", "two", uses_reserve=True)
    assert applies("ada", "a3", "two", is_logged=False)
    assert applies("ada", "a4", "two")
    assert [applies("ada", "a5", gate) for gate in ("one", "two", "free")] == [False, False, True]
    assert applies("bob", "b1", "one")
    with pytest.raises(GroupRateExceeded) as refused:
        accept("ada", "a6", gate="one", idempotency_key="key a6")
    wait = refused.value.retry_at - datetime.now(UTC)
    assert timedelta(hours=23) < wait <= timedelta(days=1)
    assert refused.value.rate == TWICE_A_DAY
    set_rate("3 per day")
    assert applies("ada", "a6", "one")  # The refusal of this key is not remembered.
    set_rate("1 per day")
    assert not applies("ada", "a7", "one")
    set_rate("4 per day")
    assert [applies("ada", f"a{number}", "one") for number in (7, 8)] == [True, False]
    set_rate("")
    assert applies("ada", "a8", "one")
    for key in ("limit:applications:ada:group:employer", "groups:applications:ada"):
        assert 86_000 < stock.ttl(f"{{hl0}}:{key}") <= 86_400
