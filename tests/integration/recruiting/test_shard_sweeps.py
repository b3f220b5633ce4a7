"""The sweep of the applications worker over 64 shards with a backlog in each."""

from __future__ import annotations

import os
import time
from collections import Counter

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from chalicelib.bootstrap.container import Container
from chalicelib.bootstrap.shard_sweep import ShardSweeper
from chalicelib.common.ids import new_id
from chalicelib.queue import AcceptRequest, Lanes, NewJob, Shards, Wake
from chalicelib.queue.admin import Pauses, Reconciler, ShardCount
from chalicelib.recruiting.applications.jobs import STORE
from tests.integration.recruiting.steps import publish
from tests.integration.recruiting.test_gate_reconciler import load_worker
from tests.support.lambda_context import LambdaContext
from tests.support.lanes import RecordingWaker, pass_time
from tests.support.timing import stretch

SHARDS = 64
BACKLOG = int(os.environ.get("HIRELANE_SWEEP_BACKLOG", "10"))


@pytest.fixture
def waker(parts: Container, monkeypatch: pytest.MonkeyPatch) -> RecordingWaker:
    """A container with 64 shards, and a waker that starts nothing."""
    monkeypatch.setenv("HIRELANE_SHARDS", str(SHARDS))
    monkeypatch.setenv("HIRELANE_DRAINS", "8")
    parts.drop("settings")
    parts.drop_domains()
    # The container was prepared with one shard.
    parts.redis.flushdb()
    waker = RecordingWaker()
    parts.override(waker=waker)
    return waker


@pytest.fixture
def shards(parts: Container, waker: RecordingWaker) -> Shards:
    shards = parts.recruiting.lanes
    assert (len(shards), shards[0].limits.max_drains) == (SHARDS, 8)
    return shards


def fill(parts: Container, posting: str, backlog: int = 1) -> None:
    """Accept jobs in each shard; all drains that were woken for them have died."""
    shards = parts.recruiting.lanes
    owners: dict[int, list[str]] = {shard: [] for shard in range(SHARDS)}
    while min(map(len, owners.values())) < backlog:
        owner = new_id()
        owners[shards.of(owner).shard].append(owner)
    for lanes in shards:
        lanes.accept_many(
            [
                AcceptRequest(
                    owner,
                    NewJob(
                        new_id(),
                        STORE,
                        {"candidate_id": owner, "posting_id": posting, "draft": {}},
                        "a backlog",
                    ),
                    gate=posting,
                )
                for owner in owners[lanes.shard][:backlog]
            ]
        )
        pass_time(lanes, 60)


def sweep(parts: Container, monkeypatch: pytest.MonkeyPatch) -> float:
    """Run the scheduled function with all its tasks. Return the seconds it took."""
    module = load_worker()
    monkeypatch.setattr(module, "get_container", lambda service: parts)
    context = LambdaContext()
    began = time.perf_counter()
    module.worker().sweep(context)
    module.texts_worker().sweep(context)
    return time.perf_counter() - began


def test_each_sweep_is_short_and_wakes_one_drain_a_shard(
    parts: Container,
    waker: RecordingWaker,
    shards: Shards,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fill(parts, publish(parts), BACKLOG)
    for number in range(2):
        seconds = sweep(parts, monkeypatch)
        print(f"sweep {number}: {seconds:.2f} s, {len(waker.wakes)} wakes")
        assert seconds < stretch(10)
        woken = Counter(wake.shard for wake in waker.wakes)
        assert woken == dict.fromkeys(range(SHARDS), 1)
        waker.wakes.clear()
        # The drains die without a trace.
        for lanes in shards:
            pass_time(lanes, 60)


def test_running_drains_are_not_woken_again(
    parts: Container, waker: RecordingWaker, shards: Shards
) -> None:
    fill(parts, publish(parts))
    sweeper = ShardSweeper(shards, waker, parts.logger)
    assert sweeper.run() == []
    assert len(waker.wakes) == SHARDS
    assert sweeper.run() == []
    assert len(waker.wakes) == SHARDS


def test_shards_are_reconciled_in_turn(
    parts: Container, waker: RecordingWaker, shards: Shards, monkeypatch: pytest.MonkeyPatch
) -> None:
    reconciled = []
    monkeypatch.setattr(Reconciler, "run", lambda self, _: reconciled.append(self._lanes.shard))
    sweeper = ShardSweeper(shards, waker, parts.logger)
    for _ in range(SHARDS + 2):
        sweeper.run(seconds=0)
    assert reconciled == [*range(SHARDS), 0, 1], "a sweep without time reconciles one shard"
    sweeper.run()
    assert sorted(reconciled[-SHARDS:]) == [*range(SHARDS)]


def test_shard_that_does_not_answer_stops_no_other(
    parts: Container,
    waker: RecordingWaker,
    shards: Shards,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fill(parts, publish(parts))
    request = Lanes.request_drain

    def fail(self: Lanes) -> Wake | None:
        if self.shard == 7:
            raise RedisConnectionError("gone")
        return request(self)

    monkeypatch.setattr(Lanes, "request_drain", fail)
    monkeypatch.setattr(ShardSweeper, "_server_of", lambda self, lanes: f"server {lanes.shard}")
    ShardSweeper(shards, waker, parts.logger).run()
    assert {wake.shard for wake in waker.wakes} == {*range(SHARDS)} - {7}
    assert '"reconcile_failed"' in capsys.readouterr().out

    def fail_everywhere(self: Lanes) -> None:
        raise RedisConnectionError("gone")

    monkeypatch.setattr(Lanes, "request_drain", fail_everywhere)
    with pytest.raises(RedisConnectionError):
        ShardSweeper(shards, waker, parts.logger).run()


def test_shards_whose_drains_do_not_start_are_left_to_the_caller(
    parts: Container, shards: Shards
) -> None:
    fill(parts, publish(parts))

    class FailingWaker:
        def wake(self, wake: Wake) -> None:
            if wake.shard in {3, 9}:
                shards[wake.shard].retire(wake.drain_id)

    left = ShardSweeper(shards, FailingWaker(), parts.logger).run()
    assert {lanes.shard for lanes in left} == {3, 9}


def test_sweep_pauses_shards_again_that_lost_their_memory(
    parts: Container, waker: RecordingWaker, shards: Shards, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweeper = ShardSweeper(shards, waker, parts.logger)
    intake, mail = Pauses(shards), Pauses(parts.notifications.lanes)
    intake.pause("intake", "a restore")
    mail.pause("drains", "wrong template")
    sweeper.run(seconds=0)
    first, second = intake.find("intake"), mail.find("drains")
    for lost in ({7, 9}, {0}, {0, 1, 63}):
        parts.redis.delete(*(shards[shard].keys.shard() for shard in lost))
        sweeper.run(seconds=0)
        for shard in lost:
            assert (intake.find("intake", shard), mail.find("drains", shard)) == (first, second)
    with monkeypatch.context() as quiet:
        # Without a loss, a sweep asks no shard one more time.
        quiet.setattr(ShardCount, "register", lambda *_: pytest.fail("not needed"))
        sweeper.run(seconds=0)
        intake.resume("intake")
        sweeper.run(seconds=0)
    parts.redis.delete(shards[5].keys.shard())
    sweeper.run(seconds=0)
    assert (intake.count("intake"), mail.count("drains")) == (0, SHARDS)
    assert ShardCount(parts.redis).read() == SHARDS


def test_sweep_counts_pauses_and_registers_lost_shards(
    parts: Container, waker: RecordingWaker, shards: Shards, capsys: pytest.CaptureFixture[str]
) -> None:
    Pauses(shards).pause("intake")
    Pauses(shards).pause("drains")
    ShardSweeper(shards, waker, parts.logger).run(seconds=0)
    printed = capsys.readouterr().out
    assert '"intake_paused":[1.0]' in printed
    assert '"drains_paused":[1.0]' in printed
    assert ShardCount(parts.redis).read() == SHARDS
