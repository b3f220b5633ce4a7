"""What the sweep measures: the oldest job of a shard, and the nodes of Redis."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis import Redis

from chalicelib.bootstrap.redis_cluster import ClusterClient
from chalicelib.bootstrap.store_metrics import measure_store
from chalicelib.queue import Lanes
from chalicelib.queue.admin import read_counts
from chalicelib.queue.worker import Leases, Retry
from tests.support.lanes import Accept, settle

HOUR = 3600.0


def make_older(lanes: Lanes, job_id: str, seconds: float) -> None:
    at = (datetime.now(UTC) - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    lanes.redis.hset(lanes.keys.job(job_id), "created_at", at)


@pytest.mark.cluster
@pytest.mark.parametrize("place", ["waiting", "leased", "delayed"])
def test_oldest_job_is_found_in_any_lane(lanes: Lanes, accept: Accept, place: str) -> None:
    assert read_counts(lanes).oldest_waiting == 0
    accept("ada", "a1")
    if place != "waiting":
        claim = Leases(lanes).claim("drain")
        if place == "delayed":
            settle(lanes, claim, Retry(delay=30))
    accept("bob", "b1")
    assert read_counts(lanes).oldest_waiting < HOUR
    make_older(lanes, "a1", 2 * HOUR)
    make_older(lanes, "b1", HOUR)
    assert 2 * HOUR <= read_counts(lanes).oldest_waiting < 3 * HOUR


def test_job_without_a_valid_time_does_not_stop_the_count(lanes: Lanes, accept: Accept) -> None:
    accept("ada", "a1")
    lanes.redis.hset(lanes.keys.job("a1"), "created_at", "yesterday")
    assert read_counts(lanes).oldest_waiting == 0
    lanes.redis.hdel(lanes.keys.job("a1"), "created_at")
    assert read_counts(lanes).oldest_waiting == 0


@pytest.mark.cluster
def test_each_primary_reports_memory_and_replicas(
    client: Redis, capsys: pytest.CaptureFixture[str]
) -> None:
    is_cluster = isinstance(client, ClusterClient)
    everywhere: list[dict[str, Any]] = [{}]
    if isinstance(client, ClusterClient):
        everywhere = [{"target_nodes": node} for node in client.get_primaries()]
    for options in everywhere:
        client.config_set("maxmemory", "1gb", **options)
    try:
        assert measure_store(client) == 0
    finally:
        for options in everywhere:
            client.config_set("maxmemory", 0, **options)
    line: dict[str, Any] = json.loads(capsys.readouterr().out)
    primaries = 3 if is_cluster else 1
    assert line["store_replicas"] == [0] * primaries
    assert len(line["store_memory"]) == primaries
    assert all(0 < percent <= 100 for percent in line["store_memory"]), line
