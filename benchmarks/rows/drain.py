"""Drains of jobs that do nothing, against the other queues."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from importlib.metadata import version
from json import loads
from typing import Any

from benchmarks.bench import Bench
from benchmarks.contestants.bullmq import CONCURRENCY, FOLDER
from benchmarks.row import Row

ROWS = (
    "drain_noop_vs_rq",
    "drain_noop_vs_bullmq",
    "drain_noop_rate",
    "drain_noop_rate_bullmq",
    "drain_noop_rate_dramatiq",
    "drain_noop_rate_celery",
    "drain_noop_rate_rq",
    "drain_noop_rate_raw_lpop",
    "drain_noop_rate_raw_reliable",
)


def measure(bench: Bench) -> Iterator[Row]:
    """Run all in turn, in every round; each drains jobs for a second or more."""
    sizes = {
        "rq": ("stock_rq", "drain_noop", bench.size(600, 60)),
        "bullmq": ("bullmq", "drain_noop", bench.size(10_000, 500)),
        "dramatiq": ("dramatiq_thread", "drain_noop", bench.size(3000, 200)),
        "celery": ("celery_solo", "drain_noop", bench.size(2000, 200)),
        "raw_lpop": ("raw", "drain_noop_one", bench.size(10_000, 1000)),
        "raw_reliable": ("raw", "drain_noop_reliable", bench.size(50_000, 5000)),
    }
    owners = bench.size(2000, 100)

    def rival(name: str) -> dict[str, Any]:
        contestant, action, jobs = sizes[name]
        return bench.contest(contestant, action, owners=jobs)

    measured = bench.in_turn(
        {
            "ours": lambda: bench.contest("ours", "drain_noop", owners=owners, jobs_each=10),
            **{name: partial(rival, name) for name in sizes},
        }
    )
    ours = measured.pop("ours")
    bullmq = loads((FOLDER / "package.json").read_text())["dependencies"]["bullmq"]
    versions = {name: version(name) for name in ("rq", "dramatiq", "celery")} | {"bullmq": bullmq}
    yield bench.ratio(
        "drain_noop_vs_rq",
        ours,
        measured["rq"],
        bar=25,
        stretch=55,
        detail={"rival_version": versions["rq"]},
    )
    yield bench.ratio(
        "drain_noop_vs_bullmq",
        ours,
        measured["bullmq"],
        bar=1.5,
        stretch=3,
        detail={"rival_version": bullmq, "concurrency": CONCURRENCY},
    )
    yield bench.rate("drain_noop_rate", ours)
    for name in ("bullmq", "dramatiq", "celery", "rq", "raw_lpop", "raw_reliable"):
        if measured[name]:
            detail = {"version": versions[name]} if name in versions else {}
            yield bench.rate(f"drain_noop_rate_{name}", measured[name], **detail)
