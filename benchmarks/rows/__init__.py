"""The measures. Each module measures one subject; `MEASURES` is their order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.bench import Bench
from benchmarks.row import Row
from benchmarks.rows import (
    accept,
    accept_http,
    applicants,
    cold_start,
    drain,
    drain_mongodb,
    fairness,
    growth,
    latency,
    memory,
    order,
    overhead,
    public_reads,
    round_trips,
)


@dataclass(frozen=True)
class Measure:
    """A function that measures, and the names of the rows that it yields.

    A long one takes minutes, so it runs only on request.
    """

    rows: tuple[str, ...]
    make: Callable[[Bench], Iterator[Row]]
    is_long: bool = False


MEASURES = (
    *(
        Measure(module.ROWS, module.measure)
        for module in (
            round_trips,
            drain_mongodb,
            drain,
            latency,
            accept,
            accept_http,
            fairness,
            memory,
            order,
            growth,
            public_reads,
            cold_start,
            overhead,
        )
    ),
    Measure(applicants.ROWS, applicants.measure, is_long=True),
)
