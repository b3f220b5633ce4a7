"""The wait of one owner behind 10,000 jobs of another; see `contestants/ours_fairness`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.bench import Bench
from benchmarks.row import Row, rounded

ROWS = ("wait_behind_10000", "wait_behind_10000_steady")


def measure(bench: Bench) -> Iterator[Row]:
    """Repeat the wait in each round; the values are ratios of medians."""
    backlog = bench.size(10_000, 1000)
    repetitions = bench.size(30, 5)

    def run(action: str) -> dict[str, Any]:
        return bench.contest("ours_fairness", action, jobs_each=backlog, repetitions=repetitions)

    measured = bench.in_turn(
        {"from_start": lambda: run("from_start"), "steady": lambda: run("steady")}
    )
    from_start, steady = measured["from_start"], measured["steady"]
    yield bench.row(
        "wait_behind_10000",
        "x",
        [one["ratio"] for one in from_start],
        better="lower",
        bar=1.5,
        stretch=1.1,
        detail=_detail(from_start, backlog),
    )
    yield bench.row(
        "wait_behind_10000_steady",
        "x",
        [one["ratio"] for one in steady],
        better="lower",
        detail=_detail(steady, backlog),
    )


def _detail(measured: list[dict[str, Any]], backlog: int) -> dict[str, Any]:
    return {
        "backlog": backlog,
        **{
            name: [rounded(one[name]) for one in measured]
            for name in ("alone_ms", "behind_ms", "behind_worst_ms")
        },
        "repetitions": measured[0]["repetitions"],
    }
