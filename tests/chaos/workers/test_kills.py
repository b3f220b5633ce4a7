"""Workers are killed again and again: nothing is lost, duplicated or out of order."""

from __future__ import annotations

import random
from collections import Counter
from functools import partial
from itertools import islice
from operator import attrgetter
from typing import Any

import pytest
from msgspec.structs import replace
from pymongo.database import Database
from redis import Redis

from chalicelib.queue import Lanes, Limits, Wake
from chalicelib.queue.admin import replace_drain
from chalicelib.recruiting.applications.jobs import KIND
from tests.chaos.workers.conftest import KILLS, LONG, StartFleet
from tests.chaos.workers.fleet import WorkerFleet, drain_all
from tests.chaos.workers.load_generator import NO_ERRORS, LoadGenerator
from tests.chaos.workers.messages import POINTS, Claimed, Point
from tests.chaos.workers.worker_killer import Kill, WorkerKiller, interleave, measure_stalls
from tests.support.stores import Stores
from tests.support.timing import PATIENCE_SECONDS, stretch

# The tests limit how long a lane stalls.
pytestmark = pytest.mark.timed


def shorten(limits: Limits) -> Limits:
    """Scale the default times of leases and drains by 2 : 15."""
    return replace(limits, lease=2.0, start_timeout=0.67, idle_timeout=2.67)


LIMITS = shorten(Limits(batch_size=4, jobs_per_lane=2, max_drains=3, lanes_per_drain=1))
POSTINGS = 10
# So few that no lane is given up, whose worker seems to die of its job.
BURSTS = 4
SLACK_SECONDS = 1.0


def test_killed_workers_lose_and_duplicate_nothing(
    redis: Redis,
    database: Database[dict[str, Any]],
    stores: Stores,
    start_fleet: StartFleet,
    capsys: pytest.CaptureFixture[str],
) -> None:
    chance = random.Random(20)  # noqa: S311
    plan: list[Point | None] = [None] * KILLS
    for point in POINTS:
        plan += [point] * max(1, KILLS // 5)
    chance.shuffle(plan)
    planned = Counter(plan)
    fleet = start_fleet(LIMITS)
    # Three times as many candidates as needed, in case the workers are faster than their killer.
    load = LoadGenerator(
        fleet,
        redis,
        database,
        candidates=6 * KILLS,
        postings=POSTINGS,
        redis_url=stores.redis_url,
        withdrawal_rate=0.2,
    )
    total = 2 * KILLS * POSTINGS
    applications = interleave(load, chance, window=20)
    before = list(islice(applications, total // 10))
    for candidate, posting in before:
        assert load.apply(candidate, posting)
    killer = WorkerKiller(fleet, load, plan, applications, total - len(before), chance)
    killer.run()
    drain_all(fleet, load.drained, PATIENCE_SECONDS)

    planned[None] += killer.extra
    assert Counter(kill.point for kill in killer.kills) == planned
    assert load.accepted >= total
    assert load.find_errors() == NO_ERRORS
    stalls = measure_stalls(killer.kills, fleet.claims)
    longest = max(stalls, key=attrgetter("seconds"))
    holders = {lane.number for lane in stalls}
    with capsys.disabled():
        print(
            f"\n  {load.accepted} applications, {len(load.withdrawn)} of them withdrawn,"
            f" {fleet.started} workers, {len(killer.kills)} kills"
            f" ({len(holders)} while holding lanes), longest stall {longest.seconds:.2f} s,"
            f" {fleet.sweeps} sweeps"
        )
    assert longest.seconds <= LIMITS.lease + stretch(SLACK_SECONDS)
    # With the default limits a lane stalls for 15 s.
    assert Limits().lease + SLACK_SECONDS <= 30


def next_claim(fleet: WorkerFleet) -> Claimed:
    seen = len(fleet.claims)
    assert fleet.wait_until(lambda: len(fleet.claims) > seen, PATIENCE_SECONDS)
    return fleet.claims[-1]


def pause_a_holder(fleet: WorkerFleet, load: LoadGenerator) -> Claimed:
    """Pause a worker while it holds lanes, and return its claim.

    On a busy machine a worker may have settled its claim before the signal arrives; then the next
    one is paused.
    """
    while True:
        held = next_claim(fleet)
        fleet.pause(held.number)
        fleet.wait_until(lambda: False, 0.2)
        if load.is_held(held):
            return held
        fleet.resume(held.number)


def test_worker_paused_past_its_lease_changes_nothing(
    redis: Redis, database: Database[dict[str, Any]], stores: Stores, start_fleet: StartFleet
) -> None:
    fleet = start_fleet(LIMITS, work_seconds=1.0)
    load = LoadGenerator(
        fleet, redis, database, candidates=10, postings=4, redis_url=stores.redis_url
    )
    for candidate, posting in interleave(load, random.Random(3), window=10):  # noqa: S311
        assert load.apply(candidate, posting)
    held = pause_a_holder(fleet, load)

    def taken_over() -> bool:
        return any(
            set(claim.lanes) & set(held.lanes) and claim.token > held.token
            for claim in fleet.claims
            if claim.number != held.number
        )

    try:
        assert fleet.wait_until(taken_over, PATIENCE_SECONDS)
    finally:
        fleet.resume(held.number)
    drain_all(fleet, load.drained, PATIENCE_SECONDS)
    assert fleet.wait_until(lambda: held.number not in fleet.running, PATIENCE_SECONDS)
    assert "lease lost" in fleet.log.read_text()
    assert load.find_errors() == NO_ERRORS
    assert fleet.sweeps == 0


def test_no_lane_waits_longer_than_a_lease_after_all_kills(
    redis: Redis,
    database: Database[dict[str, Any]],
    stores: Stores,
    start_fleet: StartFleet,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nobody applies or looks meanwhile, and no schedule runs."""
    fleet = start_fleet(LIMITS, work_seconds=0.02)
    load = LoadGenerator(
        fleet, redis, database, candidates=20, postings=4, redis_url=stores.redis_url
    )
    lanes = Lanes(redis, KIND, limits=LIMITS)

    def replace(failed: Wake) -> None:
        if wake := replace_drain(lanes, failed.drain_id):
            fleet.wake(wake)

    fleet.on_failure = replace
    for candidate in load.candidates:
        for posting in load.postings:
            assert load.apply(candidate, posting)
    for _ in range(BURSTS):
        is_served = partial(lambda claims: len(fleet.claims) > claims, len(fleet.claims))
        assert fleet.wait_until(is_served, PATIENCE_SECONDS)
        for number in fleet.running:
            fleet.kill(number)
    assert fleet.wait_until(lambda: len(fleet.killed_at) == len(fleet.statuses), PATIENCE_SECONDS)
    ended = max(fleet.killed_at.values())
    held = load.fences()
    drain_all(fleet, load.drained, PATIENCE_SECONDS)
    waits = [
        min(claim.at - ended for claim in fleet.claims if lane in claim.lanes and claim.at > ended)
        for lane in held
    ]
    with capsys.disabled():
        print(
            f"\n  {BURSTS} bursts, {len(fleet.killed_at)} kills, {len(held)} lanes held,"
            f" longest wait {max(waits):.2f} s with a lease of {LIMITS.lease:.0f} s"
        )
    assert max(waits) <= LIMITS.lease + stretch(SLACK_SECONDS)
    assert fleet.sweeps == 0
    assert load.find_errors() == NO_ERRORS


def test_lane_stalls_for_one_lease_with_full_batches(
    redis: Redis, database: Database[dict[str, Any]], stores: Stores, start_fleet: StartFleet
) -> None:
    """The long form has the default limits, with which this takes half a minute."""
    limits = Limits() if LONG else shorten(Limits())
    fleet = start_fleet(limits, work_seconds=0.5)
    load = LoadGenerator(
        fleet, redis, database, candidates=300, postings=1, redis_url=stores.redis_url
    )
    for candidate in load.candidates:
        assert load.apply(candidate, load.postings[0])
    assert fleet.wait_until(
        lambda: len({claim.number for claim in fleet.claims}) > 1, PATIENCE_SECONDS
    )
    victim = fleet.claims[-1].number
    fleet.kill(victim)
    assert fleet.wait_until(lambda: victim not in fleet.running, PATIENCE_SECONDS)
    kill = Kill(victim, None, fleet.killed_at[victim], load.fences())
    drain_all(fleet, load.drained, PATIENCE_SECONDS)
    longest = max(lane.seconds for lane in measure_stalls([kill], fleet.claims))
    assert longest <= limits.lease + stretch(SLACK_SECONDS)
    assert fleet.sweeps == 0
    assert load.find_errors() == NO_ERRORS
