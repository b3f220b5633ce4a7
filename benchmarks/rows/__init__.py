"""The measures. Each module makes the rows of one subject; `MEASURES` is their order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.bench import Bench
from benchmarks.row import Row
from benchmarks.rows import (
    accepting,
    draining,
    growth,
    latency,
    memory,
    order,
    round_trips,
    storing,
    waiting,
)


@dataclass(frozen=True)
class Measure:
    """What makes some rows, and the names of those rows."""

    rows: tuple[str, ...]
    make: Callable[[Bench], Iterator[Row]]


MEASURES = tuple(
    Measure(module.ROWS, module.measure)
    for module in (
        round_trips,
        storing,
        draining,
        latency,
        accepting,
        waiting,
        memory,
        order,
        growth,
    )
)
