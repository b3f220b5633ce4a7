"""The memory of jobs in Valkey: the growth of ``used_memory``.

The first rows are about a waiting job of 333 bytes, the last one about an application that is
stored and confirmed, of which Redis keeps for a day what answers repeated requests and RQ's tools.
The row is our queue with all features (2,000 owners with 10 jobs each), divided by 1,800 bytes. It
includes the stored idempotency key, which outlives the job by design.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.bench import Bench
from benchmarks.row import Row, median

ROWS = (
    "memory_per_waiting_job",
    "memory_per_waiting_job_bytes",
    "memory_per_finished_application_bytes",
)

BUDGET_BYTES = 1800
FINISHED_BUDGET_BYTES = 4000


def measure(bench: Bench) -> Iterator[Row]:
    """Run each shape in turn, in every round, on empty servers."""
    owners = bench.size(2000, 100)
    jobs = owners * 10

    def weigh(contestant: str, action: str, **task: Any) -> dict[str, Any]:
        bench.servers.empty()
        before = bench.servers.memory()
        filled = bench.contest(contestant, action, **task)["jobs"]
        return {"bytes": (bench.servers.memory() - before) / filled}

    measured = bench.in_turn(
        {
            "ours": lambda: weigh("ours", "fill_only", owners=owners, jobs_each=10),
            "RQ": lambda: weigh("stock_rq", "fill", owners=jobs),
            "ours, one lane": lambda: weigh("ours", "fill_only", owners=1, jobs_each=jobs),
            "ours, without key, gate and correlation id": lambda: weigh(
                "ours", "fill_only", owners=owners, jobs_each=10, features=False
            ),
        }
    )
    bytes_of = {name: [one["bytes"] for one in ones] for name, ones in measured.items()}
    ours, rq, one_lane, bare = bytes_of.values()
    yield bench.row(
        "memory_per_waiting_job",
        "x 1800 B",
        [value / BUDGET_BYTES for value in ours],
        better="lower",
        bar=1,
        stretch=0.5,
        detail={
            "jobs": jobs,
            "bytes": median(ours),
            "bytes_in_one_lane": median(one_lane),
            "bytes_without_key_gate_and_correlation_id": median(bare),
            "bytes_rq": median(rq),
            "ratio_to_rq": median([a / b for a, b in zip(ours, rq, strict=True)]),
        },
    )
    yield bench.row("memory_per_waiting_job_bytes", "bytes", ours, better="lower")

    finished = bench.in_turn(
        {
            "one of each candidate": lambda: bench.contest(
                "finished", "finish", owners=bench.size(300, 50), jobs_each=1
            ),
            "ten of each candidate": lambda: bench.contest(
                "finished", "finish", owners=bench.size(30, 5), jobs_each=10
            ),
        }
    )
    one_each, ten_each = ([one["bytes"] for one in ones] for ones in finished.values())
    yield bench.row(
        "memory_per_finished_application_bytes",
        "bytes",
        one_each,
        better="lower",
        bar=FINISHED_BUDGET_BYTES,
        detail={"bytes_with_ten_of_each_candidate": median(ten_each)},
    )
