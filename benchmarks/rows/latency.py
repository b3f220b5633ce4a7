"""Drains of jobs that do nothing over a network with round trips of 1.5 ms."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import Any

from redis import Redis

from benchmarks.bench import Bench
from benchmarks.contest import ContestError
from benchmarks.latency_proxy import latency_proxy
from benchmarks.row import Row, rounded

# 0.75 ms each way.
ONE_WAY_SECONDS = 0.00075

ROWS = ("drain_latency_vs_rq",)


def measure(bench: Bench) -> Iterator[Row]:
    """Run both through the same proxy."""
    owners = bench.size(1000, 50)
    rq_jobs = bench.size(60, 10)
    with latency_proxy(bench.servers.valkey_port, _calibrated(bench)) as port:
        url = f"redis://127.0.0.1:{port}/0"
        added = _added(bench, url)

        def drain(contestant: str, **sizes: Any) -> dict[str, Any]:
            return bench.contest(contestant, "drain_noop", drain_url=url, **sizes)

        measured = bench.in_turn(
            {
                "ours": lambda: drain("ours", owners=owners, jobs_each=10),
                "RQ": lambda: drain("stock_rq", owners=rq_jobs),
            }
        )
    yield bench.ratio(
        "drain_latency_vs_rq",
        measured["ours"],
        measured["RQ"],
        bar=150,
        stretch=400,
        detail={"added_round_trip_ms": rounded(added * 1000)},
    )


def _calibrated(bench: Bench) -> float:
    """Return the delay (s) of the proxy each way, without the time of its own work.

    Raises:
        ContestError: the proxy alone takes longer than the wanted latency.
    """
    with latency_proxy(bench.servers.valkey_port, ONE_WAY_SECONDS) as port:
        added = _added(bench, f"redis://127.0.0.1:{port}/0")
    delay = ONE_WAY_SECONDS - (added - 2 * ONE_WAY_SECONDS) / 2
    if delay < 0:
        raise ContestError(f"the proxy adds {added * 1000:.1f} ms: this machine is too busy")
    return delay


def _added(bench: Bench, url: str) -> float:
    return _round_trip(url) - _round_trip(bench.servers.redis_url)


def _round_trip(url: str) -> float:
    """Return the median time (s) of a PING."""
    times = []
    with Redis.from_url(url) as redis:
        for _ in range(200):
            began = time.perf_counter()
            redis.ping()
            times.append(time.perf_counter() - began)
    return statistics.median(times)
