"""Workers killed again and again, anywhere: nothing is lost, doubled or out of order."""

from __future__ import annotations

import random
from collections import Counter
from itertools import islice
from operator import attrgetter
from typing import Any

import pytest
from pymongo.database import Database
from redis import Redis

from chalicelib.queue import Limits
from tests.chaos.conftest import KILLS, StartFleet
from tests.chaos.crowd import NOTHING_WRONG, Crowd
from tests.chaos.fleet import settle_down
from tests.chaos.hunt import Hunt, Kill, mixed_order, standstills
from tests.chaos.messages import POINTS, Point
from tests.support.stores import Stores

# The default limits, with all times of leases and drains 2 : 15, so that the test takes minutes.
LIMITS = Limits(
    batch=4, jobs_per_lane=2, lease=2.0, drains=3, lanes_per_drain=1, start_grace=0.67, stay=2.67
)
POSTINGS = 10
SLACK_SECONDS = 1.0


def test_killed_workers_lose_nothing_and_double_nothing(
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
    # Three times as many candidates as are needed, should the workers be faster than their hunter.
    crowd = Crowd(
        fleet,
        redis,
        database,
        candidates=6 * KILLS,
        postings=POSTINGS,
        redis_url=stores.redis_url,
        fickle=0.2,
    )
    total = 2 * KILLS * POSTINGS
    applications = mixed_order(crowd, chance, window=20)
    before = list(islice(applications, total // 10))
    for candidate, posting in before:
        assert crowd.apply(candidate, posting)
    hunt = Hunt(fleet, crowd, plan, applications, total - len(before), chance)
    hunt.run()
    settle_down(fleet, crowd.drained, 60)

    planned[None] += hunt.extra
    assert Counter(kill.point for kill in hunt.kills) == planned
    assert crowd.accepted >= total
    assert crowd.verdict() == NOTHING_WRONG
    stood_still = standstills(hunt.kills, fleet.claims)
    longest = max(stood_still, key=attrgetter("seconds"))
    holders = {lane.number for lane in stood_still}
    with capsys.disabled():
        print(
            f"\n  {crowd.accepted} applications, {len(crowd.withdrawn)} of them withdrawn,"
            f" {fleet.started} workers, {len(hunt.kills)} kills"
            f" ({len(holders)} while holding lanes), longest standstill {longest.seconds:.2f} s,"
            f" {fleet.sweeps} sweeps"
        )
    assert longest.seconds <= LIMITS.lease + SLACK_SECONDS
    # With the default limits a lane stands still for 15 s.
    assert Limits().lease + SLACK_SECONDS <= 30


def test_a_worker_that_slept_past_its_lease_changes_nothing(
    redis: Redis, database: Database[dict[str, Any]], stores: Stores, start_fleet: StartFleet
) -> None:
    fleet = start_fleet(LIMITS, work_seconds=0.2)
    crowd = Crowd(fleet, redis, database, candidates=10, postings=4, redis_url=stores.redis_url)
    for candidate, posting in mixed_order(crowd, random.Random(3), window=10):  # noqa: S311
        assert crowd.apply(candidate, posting)
    assert fleet.until(lambda: len(fleet.claims) > 0, 5)
    held = fleet.claims[-1]
    fleet.pause(held.number)

    def taken_over() -> bool:
        return any(
            set(claim.lanes) & set(held.lanes) and claim.token > held.token
            for claim in fleet.claims
            if claim.number != held.number
        )

    try:
        assert fleet.until(taken_over, LIMITS.lease + SLACK_SECONDS)
    finally:
        fleet.resume(held.number)
    settle_down(fleet, crowd.drained, 30)
    assert fleet.until(lambda: held.number not in fleet.living, 10)
    assert "lease lost" in fleet.log.read_text()
    assert crowd.verdict() == NOTHING_WRONG
    assert fleet.sweeps == 0


def test_a_lane_stands_still_for_one_lease_with_the_default_limits(
    redis: Redis, database: Database[dict[str, Any]], stores: Stores, start_fleet: StartFleet
) -> None:
    limits = Limits()
    fleet = start_fleet(limits, work_seconds=0.5)
    crowd = Crowd(fleet, redis, database, candidates=300, postings=1, redis_url=stores.redis_url)
    for candidate in crowd.candidates:
        assert crowd.apply(candidate, crowd.postings[0])
    assert fleet.until(lambda: len({claim.number for claim in fleet.claims}) > 1, 10)
    victim = fleet.claims[-1].number
    fleet.kill(victim)
    assert fleet.until(lambda: victim not in fleet.living, 5)
    kill = Kill(victim, None, fleet.deaths[victim], crowd.fences())
    settle_down(fleet, crowd.drained, 60)
    longest = max(lane.seconds for lane in standstills([kill], fleet.claims))
    assert longest <= limits.lease + SLACK_SECONDS <= 30
    assert fleet.sweeps == 0
    assert crowd.verdict() == NOTHING_WRONG
