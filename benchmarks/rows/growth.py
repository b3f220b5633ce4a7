"""The speed of a drain with growing numbers of lanes and jobs.

The lanes are filled with 10 jobs each. Then a small part of the jobs is drained, and nothing is
refilled: the rows have the rate and the median time of a claim at each size. `growth_flat` is the
rate at the largest size divided by the rate at the smallest size of the same round.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from benchmarks.bench import Bench
from benchmarks.row import Row, rounded

JOBS_EACH = 10
FULL = {"1k": 1000, "10k": 10_000, "100k": 100_000}
QUICK = {"1k": 100, "10k": 300, "100k": 1000}

ROWS = ("growth_flat", *(f"growth_rate_{name}_lanes" for name in FULL))


def measure(bench: Bench) -> Iterator[Row]:
    """Run all sizes in turn, in every round."""
    sizes = QUICK if bench.quick else FULL
    some = bench.size(8000, 800)

    def drain(lanes: int) -> dict[str, Any]:
        return bench.contest(
            "ours", "drain_some", owners=lanes, jobs_each=JOBS_EACH, repetitions=some
        )

    measured = bench.in_turn({name: partial(drain, lanes) for name, lanes in sizes.items()})
    yield bench.row(
        "growth_flat",
        "x",
        [
            most["per_second"] / least["per_second"]
            for most, least in zip(measured["100k"], measured["1k"], strict=True)
        ],
        detail={"lanes": list(sizes.values()), "jobs_each": JOBS_EACH},
    )
    for name, lanes in sizes.items():
        ones = measured[name]
        yield bench.rate(
            f"growth_rate_{name}_lanes",
            ones,
            lanes=lanes,
            waiting=ones[0]["waiting"],
            drained=ones[0]["jobs"],
            claim_ms_median=[rounded(one["claim_ms_median"]) for one in ones],
            accept_many_per_second=[rounded(one["accept_many_per_second"]) for one in ones],
            used_memory_mb=[rounded(one["used_memory"] / 1e6) for one in ones],
        )
