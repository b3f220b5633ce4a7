"""Accept against RQ's enqueue, one by one and 100 at a time.

Our queue checks a gate, an idempotency key and the length of the lane, and decides whether to wake
a drain. RQ does none of that.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.row import Row

ROWS = (
    "accept_vs_rq_enqueue",
    "accept_many_vs_enqueue_many",
    "accept_rate",
    "accept_many_rate",
)

BATCH = 100


def measure(bench: Bench) -> Iterator[Row]:
    """Run all four in turn, in every round."""
    owners = bench.size(300, 20)
    many_owners = bench.size(2000, 50)
    rq_many = bench.size(6000, 500)
    measured = bench.in_turn(
        {
            "accept": lambda: bench.contest("ours", "accept", owners=owners, jobs_each=10),
            "enqueue": lambda: bench.contest("stock_rq", "accept", owners=owners, jobs_each=10),
            "accept_many": lambda: bench.contest(
                "ours", "accept_many", owners=many_owners, jobs_each=10, batch=BATCH
            ),
            "enqueue_many": lambda: bench.contest(
                "stock_rq", "accept_many", owners=rq_many, batch=BATCH
            ),
        }
    )
    yield bench.ratio(
        "accept_vs_rq_enqueue", measured["accept"], measured["enqueue"], bar=2.5, stretch=4
    )
    yield bench.ratio(
        "accept_many_vs_enqueue_many",
        measured["accept_many"],
        measured["enqueue_many"],
        bar=1.2,
        stretch=3,
        detail={"batch": BATCH},
    )
    yield bench.rate("accept_rate", measured["accept"])
    yield bench.rate("accept_many_rate", measured["accept_many"])
