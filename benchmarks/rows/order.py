"""The cost of order and fairness: our drain divided by the same batch drain without lanes.

See `contestants/unordered`, which writes the same results and uses the same handlers.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.row import Row

ROWS = ("order_and_fairness_cost", "order_and_fairness_cost_mongo")


def measure(bench: Bench) -> Iterator[Row]:
    """Run both with and without the write to MongoDB; the row is the comparison without it."""
    owners = bench.size(2000, 100)
    owners_mongodb = bench.size(400, 40)
    measured = bench.in_turn(
        {
            "ours": lambda: bench.contest("ours", "drain_noop", owners=owners, jobs_each=10),
            "unordered": lambda: bench.contest(
                "unordered", "drain_noop", owners=owners, jobs_each=10
            ),
            "ours, MongoDB": lambda: bench.contest(
                "ours", "drain_mongo", owners=owners_mongodb, jobs_each=10
            ),
            "unordered, MongoDB": lambda: bench.contest(
                "unordered", "drain_mongo", owners=owners_mongodb, jobs_each=10
            ),
        }
    )
    yield bench.ratio(
        "order_and_fairness_cost", measured["ours"], measured["unordered"], bar=0.70, stretch=0.90
    )
    yield bench.ratio(
        "order_and_fairness_cost_mongo",
        measured["ours, MongoDB"],
        measured["unordered, MongoDB"],
        bar=None,
        stretch=None,
    )
