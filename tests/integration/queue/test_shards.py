"""Shards: owners are spread over hash tags, and each shard is independent."""

from __future__ import annotations

import pytest
from redis import Redis
from redis.crc import key_slot

from chalicelib.bootstrap.redis_cluster import ClusterClient
from chalicelib.queue import AcceptRequest, Limits, Shards, UnknownGate
from chalicelib.queue.admin import Reconciler
from chalicelib.queue.worker import Done, FollowUp, Leases
from tests.support.cluster import Cluster
from tests.support.lanes import claimed, new_job, settle

pytestmark = pytest.mark.cluster

OWNERS = [f"candidate-{n}" for n in range(60)]


@pytest.fixture
def shards(client: Redis) -> Shards:
    return Shards(client, "applications", count=4)


def test_owners_are_spread_over_all_shards(shards: Shards) -> None:
    assert {shards.of(owner).shard for owner in OWNERS} == {0, 1, 2, 3}
    assert [shards.of(owner) for owner in OWNERS] == [shards.of(owner) for owner in OWNERS]


def test_each_shard_is_in_one_slot_of_several_nodes(
    shards: Shards, client: Redis, request: pytest.FixtureRequest
) -> None:
    for owner in OWNERS:
        shards.of(owner).accept(
            AcceptRequest(
                owner, new_job(f"job-{owner}"), deduplication_key="once", idempotency_key="key"
            )
        )
    if isinstance(client, ClusterClient):
        nodes = [client.get_node_from_key(lanes.ring).name for lanes in shards]
        assert len(set(nodes)) > 1
        cluster: Cluster = request.getfixturevalue("cluster")
        slots = {
            shard: {
                key_slot(key)
                for node in cluster.primaries
                for key in node.redis.scan_iter(f"{{hl{shard}}}:*")
            }
            for shard in range(4)
        }
        assert [len(slots[shard]) for shard in range(4)] == [1] * 4
    served = [job_id for lanes in shards for job_id in claimed(Leases(lanes).claim("drain"))]
    assert sorted(served) == sorted(f"job-{owner}" for owner in OWNERS)


def test_follow_ups_are_in_the_shard_of_their_owner(shards: Shards, client: Redis) -> None:
    mail = Shards(client, "mail", count=4, limits=Limits(max_drains=1))
    for owner in OWNERS[:8]:
        lanes = shards.of(owner)
        lanes.accept(AcceptRequest(owner, new_job(f"job-{owner}")))
        claim = Leases(lanes).claim("drain")
        follow_up = FollowUp("mail", owner, new_job(f"mail-{owner}"))
        [wake] = settle(lanes, claim, Done(None, (follow_up,))).wakes
        assert (wake.kind, wake.shard) == ("mail", lanes.shard)
        found = Leases(mail[wake.shard]).claim(wake.drain_id)
        assert claimed(found) == [f"mail-{owner}"]
        settle(mail.of(owner), found, Done())
        mail[wake.shard].retire(wake.drain_id)


def test_gate_is_open_in_all_shards(shards: Shards) -> None:
    with pytest.raises(UnknownGate):
        shards.of("ada").accept(AcceptRequest("ada", new_job("a1"), gate="posting"))
    shards.open_gate("posting")
    for owner in OWNERS:
        shards.of(owner).accept(AcceptRequest(owner, new_job(f"job-{owner}"), gate="posting"))


def test_each_shard_is_reconciled_by_itself(shards: Shards) -> None:
    for owner in OWNERS:
        shards.of(owner).accept(AcceptRequest(owner, new_job(f"job-{owner}")))
    found = [Reconciler(lanes).run(60) for lanes in shards]
    assert sum(report.waiting for report in found if report) == len(OWNERS)


def test_several_shards_need_a_numbered_prefix(client: Redis) -> None:
    with pytest.raises(ValueError, match=r"ends in 0\}"):
        Shards(client, "applications", count=2, prefix="rq")
    assert len(list(Shards(client, "applications", prefix="rq"))) == 1


def test_answer_that_cannot_be_read_leaves_none_for_the_next_command(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("no number")

    with ClusterClient(cluster.url, connect_seconds=1, answer_seconds=5) as client:
        client.set("{hl0}:one", "1")
        client.set("{hl0}:two", "2")
        for node in client._nodes._nodes.values():
            monkeypatch.setitem(node.response_callbacks, "STRLEN", fail)
        pipeline = client.pipeline(transaction=False)
        pipeline.strlen("{hl0}:one").get("{hl0}:two")
        with pytest.raises(ValueError, match="no number"):
            pipeline.execute()
        assert client.get("{hl0}:one") == b"1"
