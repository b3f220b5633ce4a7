"""Requests to apply: our API function against Express with BullMQ.

Our side is one execution environment of Lambda, which serves one request at a time behind API
Gateway. The rival is one Node process with 64 connections, which serves them concurrently. It
checks no token, no idempotency key and no field, and answers without a receipt.

One environment waits for Redis during each request, and the rival does not. Lambda starts an
environment for each concurrent request, so 64 connections would have up to 64 of them. What a
request costs then is the processor time of the process that answers it, which is compared as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from json import loads

from benchmarks.bench import Bench
from benchmarks.contestants.bullmq import CONNECTIONS, FOLDER
from benchmarks.row import Row, rounded

ROWS = (
    "accept_http_vs_queue_per_request",
    "accept_http_vs_shared_queue",
    "accept_http_cpu_vs_shared_queue",
    "accept_http_rate",
    "accept_http_cpu",
    "accept_http_rate_queue_per_request",
    "accept_http_rate_shared_queue",
)


def measure(bench: Bench) -> Iterator[Row]:
    """Run all in turn, in every round; each answers requests for seconds."""
    jobs = bench.size(4000, 200)
    per_request = bench.size(1000, 100)
    measured = bench.in_turn(
        {
            "ours": lambda: bench.contest("api", "accept", owners=jobs),
            "queue_per_request": lambda: bench.contest(
                "bullmq", "accept_http_queue_per_request", owners=per_request
            ),
            "shared_queue": lambda: bench.contest(
                "bullmq", "accept_http_shared_queue", owners=jobs
            ),
        }
    )
    ours = measured["ours"]
    versions = loads((FOLDER / "package.json").read_text())["dependencies"]
    detail = {"rival_versions": versions, "rival_connections": CONNECTIONS}
    for rival, bar in (("queue_per_request", 3.3), ("shared_queue", 1.1)):
        yield bench.ratio(
            f"accept_http_vs_{rival}", ours, measured[rival], bar=bar, stretch=None, detail=detail
        )
    shared = measured["shared_queue"]
    yield bench.row(
        "accept_http_cpu_vs_shared_queue",
        "x",
        [theirs["cpu_us"] / mine["cpu_us"] for mine, theirs in zip(ours, shared, strict=False)],
        detail=detail
        | {
            "ours_us": [rounded(one["cpu_us"]) for one in ours],
            "rival_us": [rounded(one["cpu_us"]) for one in shared],
        }
        | ({} if shared else {"not_run": "Node is absent"}),
    )
    yield bench.rate("accept_http_rate", ours)
    yield bench.row("accept_http_cpu", "us", [one["cpu_us"] for one in ours], better="lower")
    for rival in ("queue_per_request", "shared_queue"):
        if measured[rival]:
            yield bench.rate(f"accept_http_rate_{rival}", measured[rival])
