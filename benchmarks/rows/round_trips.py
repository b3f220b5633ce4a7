"""Requests to Redis for one job, counted by a proxy between the client and the server.

The count is the difference between a task and a task of twice the size, divided by the additional
jobs. So connecting, loading the scripts and the last, empty claim of a drain do not count (the
detail of the drain has the count with them). RQ is counted in the same way.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.bench import Bench, say
from benchmarks.counting_proxy import counting_proxy
from benchmarks.row import Row, rounded

ROWS = ("round_trips_accept", "round_trips_drain_per_job_at_100")

JOBS_EACH = 10


def measure(bench: Bench) -> Iterator[Row]:
    """Count once, because the counts are the same in every round."""
    say("    counting")
    with counting_proxy(bench.servers.valkey_port) as proxy:
        url = f"redis://127.0.0.1:{proxy.port}/0"

        def trips(jobs: int, contestant: str, action: str, **urls: Any) -> int:
            before = proxy.round_trips
            owners = jobs // JOBS_EACH
            bench.contest(contestant, action, owners=owners, jobs_each=JOBS_EACH, **urls)
            return proxy.round_trips - before

        def each(jobs: int, contestant: str, action: str, **urls: Any) -> float:
            """Return the round trips of one additional job."""
            more, fewer = (trips(n * jobs, contestant, action, **urls) for n in (2, 1))
            return (more - fewer) / jobs

        # The first call loads the scripts.
        bench.contest("ours", "drain_noop")
        accept = each(1000, "ours", "accept_only", redis_url=url)
        enqueue = each(100, "stock_rq", "accept", redis_url=url)
        drain = each(1000, "ours", "drain_noop", drain_url=url)
        whole = trips(1000, "ours", "drain_noop", drain_url=url)
        worker = each(100, "stock_rq", "drain_noop", drain_url=url)

    yield bench.row(
        "round_trips_accept",
        "trips/job",
        [accept],
        better="lower",
        bar=1,
        stretch=1,
        detail={"rq_enqueue": rounded(enqueue)},
    )
    yield bench.row(
        "round_trips_drain_per_job_at_100",
        "trips/job",
        [drain],
        better="lower",
        bar=0.1,
        stretch=0.02,
        detail={
            "with_connecting_and_last_claim_of_1000": rounded(whole / 1000),
            "rq_worker": rounded(worker),
        },
    )
