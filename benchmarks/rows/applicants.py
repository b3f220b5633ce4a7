"""The applicants of a posting with 100, 5,000 and 100,000 applications, as the API reads them.

The rows have the documents that MongoDB examines for one request, and the time of a request at the
largest size. A page has 50 applicants.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Bench, say
from benchmarks.row import Row, rounded

SIZES = {"100": 100, "5k": 5000, "100k": 100_000}
QUICK_SIZES = {"100": 50, "5k": 100, "100k": 500}
PAGE = 50
MOST_MILLISECONDS = 200
REPETITIONS = 50
LIMIT_SECONDS = 4 * 3600.0
# Those with a page, whose bar is twice the page.
PAGED = ("list", "list_middle", "list_stage", "search_common", "search_rare")
ROUTES = (*PAGED, "counts", "open_counts", "equation")

ROWS = (
    *(f"applicants_{route}_{size}_docs" for route in ROUTES for size in SIZES),
    *(f"applicants_{route}_100k_ms" for route in ROUTES),
    "applicants_indexed_rate",
)


def measure(bench: Bench) -> Iterator[Row]:
    """Fill and read each size once, because filling the largest one takes minutes."""
    measured = {}
    for size, count in (QUICK_SIZES if bench.quick else SIZES).items():
        say(f"    {count} applications")
        measured[size] = bench.contest(
            "applicants", "read", limit=LIMIT_SECONDS, batch=count, repetitions=REPETITIONS
        )
    for route in ROUTES:
        for size in SIZES:
            found = measured[size]["routes"][route]
            yield bench.row(
                f"applicants_{route}_{size}_docs",
                "documents",
                [found["documents"]],
                better="lower",
                bar=2 * PAGE if route in PAGED else None,
                detail={"with_those_by_id": found["all_documents"]},
            )
    largest = measured["100k"]
    for route in ROUTES:
        yield bench.row(
            f"applicants_{route}_100k_ms",
            "ms",
            [largest["routes"][route]["ms"]],
            better="lower",
            bar=MOST_MILLISECONDS,
            detail={
                f"ms_at_{size}": rounded(measured[size]["routes"][route]["ms"]) for size in SIZES
            },
        )
    yield bench.row(
        "applicants_indexed_rate",
        "jobs/s",
        [largest["jobs"] / largest["index_seconds"]],
        detail={
            "index_seconds": rounded(largest["index_seconds"]),
            "equation_seconds": rounded(largest["equation_seconds"]),
        },
    )
