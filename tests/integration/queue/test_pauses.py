"""Pauses: operators stop the intake of new jobs, or the drains, of all shards."""

from __future__ import annotations

import pytest
from redis import Redis

from chalicelib.queue import AcceptRequest, GateClosed, IntakePaused, Lanes, Shards
from chalicelib.queue.admin import Pauses, replace_drain
from chalicelib.queue.worker import Done, Leases
from tests.support.lanes import claimed, new_job, pass_time, serve_all, settle

pytestmark = pytest.mark.cluster

OWNERS = [f"candidate-{n}" for n in range(20)]


@pytest.fixture
def shards(client: Redis) -> Shards:
    shards = Shards(client, "applications", count=4)
    shards.open_gate("posting")
    return shards


@pytest.fixture
def pauses(shards: Shards) -> Pauses:
    return Pauses(shards)


def request(owner: str, name: str = "first") -> AcceptRequest:
    return AcceptRequest(
        owner,
        new_job(f"{name}-{owner}"),
        gate="posting",
        deduplication_key="posting",
        idempotency_key=f"{name}-{owner}",
    )


def accept(shards: Shards, one: AcceptRequest) -> str:
    return shards.of(one.owner).accept(one).job_id


def keys_of(shards: Shards) -> set[bytes]:
    """Return the keys of all shards, without the counter of turns."""
    return {key for lanes in shards for key in lanes.redis.scan_iter(f"{lanes.keys.prefix}:*")}


def test_paused_intake_refuses_new_jobs_of_all_shards(shards: Shards, pauses: Pauses) -> None:
    pauses.pause("intake", "maintenance of Redis")
    before = keys_of(shards)
    for owner in OWNERS:
        with pytest.raises(IntakePaused) as refusal:
            accept(shards, request(owner))
    assert keys_of(shards) == before, "a refusal writes nothing"
    pause = pauses.find("intake")
    assert pause is not None
    assert (pause.reason, pause.since) == ("maintenance of Redis", refusal.value.since)
    assert (pauses.count("intake"), pauses.count("drains")) == (4, 0)
    assert pauses.resume("intake") == 4
    assert pauses.find("intake") is None
    # The same requests, with the same idempotency keys, are accepted now.
    assert [accept(shards, request(owner)) for owner in OWNERS] == [f"first-{n}" for n in OWNERS]


def test_paused_intake_answers_repeated_requests(shards: Shards, pauses: Pauses) -> None:
    accept(shards, request("ada"))
    pauses.pause("intake")
    lanes = shards.of("ada")
    same = lanes.accept(request("ada"))
    assert (same.job_id, same.repeated, same.is_duplicate) == ("first-ada", True, False)
    again = lanes.accept(request("ada", "second"))
    assert (again.job_id, again.is_duplicate) == ("first-ada", True)
    known = lanes.accept(AcceptRequest("ada", new_job("first-ada"), gate="posting"))
    assert (known.job_id, known.is_duplicate) == ("first-ada", True)


def test_paused_intake_accepts_what_concerns_earlier_jobs(shards: Shards, pauses: Pauses) -> None:
    accept(shards, request("ada"))
    pauses.pause("intake")
    lanes = shards.of("ada")
    assert lanes.accept(AcceptRequest("ada", new_job("withdrawal"))).job_id == "withdrawal"
    change = AcceptRequest("ada", new_job("change"), gate="posting", is_logged=False)
    assert lanes.accept(change).job_id == "change"
    command = AcceptRequest("ada", new_job("command"), gate="posting", uses_reserve=True)
    assert lanes.accept(command).job_id == "command"
    # Drains go on.
    assert serve_all(lanes) == ["first-ada", "withdrawal", "change", "command"]
    state = lanes.redis.hget(lanes.keys.job("change"), "created_at")
    assert lanes.accept(replace_of(change, state)).job_id == "change"


def replace_of(one: AcceptRequest, created_at: bytes) -> AcceptRequest:
    return AcceptRequest(one.owner, one.job, gate="posting", replaces=created_at)


def test_closed_gate_is_reported_while_the_intake_is_paused(shards: Shards, pauses: Pauses) -> None:
    """Somebody who cannot apply any more is not asked to come back."""
    client = shards[0].redis
    for lanes in shards:
        client.hset(lanes.keys.gates(), "posting", "1000")
    pauses.pause("intake")
    with pytest.raises(GateClosed):
        accept(shards, request("ada"))


def test_paused_drains_claim_nothing_and_are_not_woken(shards: Shards, pauses: Pauses) -> None:
    pauses.pause("drains")
    lanes = shards.of("ada")
    assert lanes.accept(request("ada")).wake is None
    assert lanes.accept(request("ada")).wake is None, "a repeated request wakes none either"
    assert lanes.position("first-ada").wake is None  # type: ignore[union-attr]
    assert lanes.request_drain() is None
    assert replace_drain(lanes, "dead") is None
    claim = Leases(lanes).claim("drain")
    assert (claim.lanes, claim.stay, claim.wakes) == ((), False, ())
    assert pauses.resume("drains") == 4
    wake = lanes.request_drain()
    assert wake is not None
    assert claimed(Leases(lanes).claim(wake.drain_id)) == ["first-ada"]


def test_drains_that_are_paused_while_they_work_settle(shards: Shards, pauses: Pauses) -> None:
    lanes = shards.of("ada")
    accept(shards, request("ada"))
    claim = Leases(lanes).claim("drain")
    pauses.pause("drains")
    assert settle(lanes, claim, Done()).stale == ()
    assert Leases(lanes).claim("drain").stay is False
    # A lane of a drain that died waits, too.
    lanes.accept(AcceptRequest("ada", new_job("next")))
    pass_time(lanes, 60)
    assert Leases(lanes).claim("drain").lanes == ()


def test_follow_up_jobs_wake_no_paused_drains(client: Redis, shards: Shards) -> None:
    mail = Shards(client, "mail", count=4)
    Pauses(mail).pause("drains", "wrong template")
    lanes = Lanes(client, "applications", followed_by=("mail",))
    lanes.accept(AcceptRequest("ada", new_job("a1")))
    Lanes(client, "mail").accept(AcceptRequest("ada", new_job("m1")))
    serve_all(lanes)
    assert Leases(lanes).claim("drain").wakes == ()
    assert Pauses(shards).find("drains") is None
