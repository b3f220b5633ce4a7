"""Drains into MongoDB: our queue with one insert_many for each batch.

The rivals are RQ, whose function does one insert_one, and a raw loop of LMPOP and insert_many,
which is the limit of the two servers and their client libraries.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.row import Row

ROWS = ("drain_mongo_vs_rq", "drain_mongo_vs_raw", "drain_mongo_rate")


def measure(bench: Bench) -> Iterator[Row]:
    """Run the three in turn, in every round."""
    owners = bench.size(400, 40)
    rq_jobs = bench.size(400, 60)
    measured = bench.in_turn(
        {
            "ours": lambda: bench.contest("ours", "drain_mongo", owners=owners, jobs_each=10),
            "RQ": lambda: bench.contest("stock_rq", "drain_mongo", owners=rq_jobs),
            "raw loop": lambda: bench.contest("raw", "drain_mongo", owners=owners, jobs_each=10),
        }
    )
    ours = measured["ours"]
    yield bench.ratio("drain_mongo_vs_rq", ours, measured["RQ"], bar=15, stretch=30)
    yield bench.ratio("drain_mongo_vs_raw", ours, measured["raw loop"], bar=0.40, stretch=0.70)
    yield bench.rate("drain_mongo_rate", ours)
