"""The number of shards: no process accepts jobs into a shard that another number has chosen."""

from __future__ import annotations

import pytest
from redis import Redis
from redis.exceptions import ResponseError

from chalicelib.queue import AcceptRequest, CredentialRevoked, Shards, UnknownGate
from chalicelib.queue.admin import JobEraser, Pauses, ShardCount, ShardsInUse
from chalicelib.queue.scripts import ERASE_JOBS
from tests.support.lanes import new_job, serve_all

pytestmark = pytest.mark.cluster

OWNERS = [f"candidate-{n}" for n in range(20)]


@pytest.fixture
def count(client: Redis) -> ShardCount:
    return ShardCount(client)


def accept(shards: Shards, owner: str) -> None:
    shards.of(owner).accept(AcceptRequest(owner, new_job(f"job-{owner}")))


def test_first_number_is_stored(count: ShardCount) -> None:
    assert count.read() is None
    assert count.register(4) == 4
    assert count.register(8) == 4, "another number is not stored"
    assert count.read() == 4


def test_other_number_uses_no_shard_that_is_not_in_use(client: Redis, count: ShardCount) -> None:
    """Also if its deployment has failed, and if shard 0 lost its memory meanwhile."""
    count.register(4)
    client.delete("{hl0}:shard")
    assert count.register(8) == 4
    for lanes in Shards(client, "applications", count=8):
        with pytest.raises(ResponseError, match="SHARDS"):
            lanes.accept(AcceptRequest("ada", new_job("job")))


def test_other_number_accepts_nothing(client: Redis, count: ShardCount) -> None:
    count.register(4)
    before, after = Shards(client, "applications", count=8), Shards(client, "mail", count=4)
    refused = 0
    for owner in OWNERS:
        accept(after, owner)
        if before.of(owner).shard < 4:
            with pytest.raises(ResponseError, match=r"^SHARDS the queue has 4 shards, not 8"):
                accept(before, owner)
            refused += 1
    assert refused > 5
    assert sum(len(serve_all(lanes)) for lanes in after) == len(OWNERS)


def test_other_number_lists_and_erases_nothing_and_revokes(
    client: Redis, count: ShardCount
) -> None:
    count.register(4)
    wrong, right = (Shards(client, "applications", count=number) for number in (2, 4))
    owner = next(one for one in OWNERS if wrong.of(one).shard != right.of(one).shard)
    lanes = wrong.of(owner)
    for call in (
        lambda: lanes.contents(owner),
        lambda: lanes.erase(owner),
        lambda: JobEraser(lanes).erase(owner, lambda job, waits: True),
        lambda: lanes.is_revoked(owner, "session"),
        lambda: ERASE_JOBS.run(client, lanes.ring, *lanes.scope, 2, lanes.lane_name(owner), "a"),
    ):
        with pytest.raises(ResponseError, match=r"^SHARDS the queue has 4 shards, not 2"):
            call()
    wrong.revoke(owner, ["session"], 60)
    with pytest.raises(CredentialRevoked):
        right.of(owner).accept(AcceptRequest(owner, new_job("job"), credential="session"))


@pytest.mark.parametrize(("former", "new"), [(2, 4), (4, 2)])
def test_number_changes_while_the_queue_is_empty(
    client: Redis, count: ShardCount, former: int, new: int
) -> None:
    count.register(former)
    shards = Shards(client, "applications", count=former)
    for owner in OWNERS:
        accept(shards, owner)
    with pytest.raises(ShardsInUse, match=f"{len(OWNERS)} lanes with jobs"):
        count.change(new)
    assert count.read() == former
    for lanes in shards:
        serve_all(lanes)
    count.change(new)
    assert count.read() == new
    for owner in OWNERS[:5]:
        with pytest.raises(ResponseError, match="SHARDS"):
            accept(shards, f"{owner}-later")
        accept(Shards(client, "applications", count=new), f"{owner}-later")


def test_change_that_was_killed_is_repeated(
    client: Redis, count: ShardCount, monkeypatch: pytest.MonkeyPatch
) -> None:
    count.register(4)
    accept(Shards(client, "applications", count=4), "ada")
    with monkeypatch.context() as killed:
        killed.setattr(ShardCount, "_find_use", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            count.change(2)
    with pytest.raises(ShardsInUse):
        count.change(2)
    assert {client.hget(f"{{hl{n}}}:shard", "shards") for n in range(4)} == {b"4"}


def test_what_an_owner_would_lose_is_in_the_way(client: Redis, count: ShardCount) -> None:
    count.register(2)
    shards = Shards(client, "applications", count=2)
    shards.open_gate("posting")
    shards.of("ada").revoke("ada", ["session"], 60)
    shards.of("ada").accept(AcceptRequest("ada", new_job("a1"), gate="posting"))
    serve_all(shards.of("ada"))
    with pytest.raises(ShardsInUse) as refusal:
        count.change(4)
    assert refusal.value.found == {"logs with entries": 1, "revoked credentials": 1}


def test_new_shards_have_the_present_pauses_and_no_old_gates(
    client: Redis, count: ShardCount
) -> None:
    count.register(4)
    four, two = (Shards(client, "applications", count=number) for number in (4, 2))
    four.open_gate("posting")
    Pauses(four).pause("intake", "fewer shards")
    count.change(2)
    Pauses(two).resume("intake")
    Pauses(two).pause("drains", "more shards")
    count.change(4)
    assert Pauses(four).count("intake") == 0, "a pause that ended is back in half of the shards"
    assert Pauses(four).count("drains") == 4
    with pytest.raises(UnknownGate):
        four[3].accept(AcceptRequest("ada", new_job("a1"), gate="posting"))
