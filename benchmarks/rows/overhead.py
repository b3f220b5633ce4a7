"""What logs, metrics and traces cost, with 5% of the requests sampled."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.row import Row, rounded

ROWS = ("overhead_drain_mongo", "overhead_drain_noop", "overhead_request")


def measure(bench: Bench) -> Iterator[Row]:
    """Compare both in one process, claim by claim and request by request.

    A claim waits for two servers, so differently long that the difference of the halves is mostly
    noise on a busy machine. The value of a drain is therefore the processor time that observing
    adds, divided by the time of a job that is not observed. ``detail`` has the difference, too.
    """
    owners = bench.size(2400, 120)
    requests = bench.size(4000, 400)
    measured = bench.in_turn(
        {
            "drain_mongo": lambda: bench.contest(
                "observed", "drain_mongo", owners=owners, jobs_each=10
            ),
            "drain_noop": lambda: bench.contest(
                "observed", "drain_noop", owners=owners, jobs_each=10
            ),
            "request": lambda: bench.contest("observed", "accept", owners=requests),
        }
    )
    for name, bar in (("drain_mongo", 10), ("drain_noop", None)):
        rounds = measured[name]
        yield bench.row(
            f"overhead_{name}",
            "%",
            [one["percent"] for one in rounds],
            better="lower",
            bar=bar,
            detail={
                "cpu_us_per_job": [rounded(one["cpu_us"]) for one in rounds],
                "difference_us_per_job": [rounded(one["difference_us"]) for one in rounds],
                "per_second_without": [rounded(one["per_second"]) for one in rounds],
            },
        )
    yield bench.row(
        "overhead_request",
        "ms",
        [one["ms"] for one in measured["request"]],
        better="lower",
        bar=1,
        detail={
            name: [rounded(one[name]) for one in measured["request"]]
            for name in ("percent", "sampled_ms")
        },
    )
