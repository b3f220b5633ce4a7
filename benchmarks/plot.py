"""The chart docs/benchmarks.svg, written without a plotting library.

Three panels: each measure relative to its bar, and the rates of drains of jobs that do nothing,
both on logarithmic axes; and the rates for growing numbers of lanes, on a linear axis.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from benchmarks.drawing import FAINT as _FAINT
from benchmarks.drawing import INK as _INK
from benchmarks.drawing import WIDTH, Drawing
from benchmarks.row import Row
from benchmarks.table import number

_LEFT, _RIGHT = 270, 90
_LINE = 26
_OURS, _RIVAL, _BELOW = "#1a7f5a", "#8c959f", "#cf222e"
_RATES = {
    "drain_noop_rate": "Hirelane's lanes",
    "drain_noop_rate_bullmq": "BullMQ, concurrency 50",
    "drain_noop_rate_dramatiq": "Dramatiq, 1 thread",
    "drain_noop_rate_celery": "Celery, solo",
    "drain_noop_rate_rq": "RQ, SimpleWorker",
    "drain_noop_rate_raw_lpop": "(no queue: LPOP one by one)",
    "drain_noop_rate_raw_reliable": "(no queue: lease 100, remove 100)",
}


def plot(rows: Sequence[Row], subtitle: str) -> str:
    """Return the chart as SVG."""
    drawing = Drawing()
    drawing.text(20, 30, "Hirelane's lanes, measured", size=18, bold=True)
    drawing.text(20, 50, subtitle, colour=_FAINT)
    drawing.top = 80
    # A bar of 0 has no place on a logarithmic axis.
    _against_bars(drawing, [row for row in rows if row.bar and row.value])
    by_name = {row.measure: row for row in rows if row.value}
    rates = [(label, by_name[name]) for name, label in _RATES.items() if name in by_name]
    _rates(drawing, "Draining jobs that do nothing, jobs a second", rates, logarithmic=True)
    grown = [
        (f"{row.detail['lanes']:,} lanes, {row.detail['waiting']:,} jobs waiting", row)
        for name, row in by_name.items()
        if name.startswith("growth_rate_")
    ]
    _rates(drawing, "The same as lanes become many", grown, logarithmic=False)
    return drawing.finished()


class _Scale:
    """A logarithmic axis from ``least`` to ``most``."""

    def __init__(self, least: float, most: float) -> None:
        self._least = math.log(least)
        self._span = max(1e-9, math.log(most) - self._least)

    def __call__(self, value: float) -> float:
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * (math.log(value) - self._least) / self._span


def _against_bars(drawing: Drawing, rows: Sequence[Row]) -> None:
    """Draw each round's value relative to the bar; right of the bar is better."""
    if not rows:
        return
    drawing.text(20, drawing.top, "Times better than the bar", size=14, bold=True)
    drawing.text(
        WIDTH - 20,
        drawing.top,
        "dots: rounds; line: bar; dashes: stretch; logarithmic",
        colour=_FAINT,
        anchor="end",
    )
    shown = [[_times_better(row, value) for value in row.rounds] for row in rows]
    stretches = [_times_better(row, row.stretch or row.bar or 1) for row in rows]
    everything = [value for values in shown for value in values] + stretches
    scale = _Scale(min(0.5, *everything) * 0.9, max(2.0, *everything) * 1.1)
    first = drawing.top + 10
    for row, values, stretch in zip(rows, shown, stretches, strict=True):
        drawing.top += _LINE
        y = drawing.top
        drawing.text(20, y + 4, row.measure)
        drawing.line(_LEFT, y, WIDTH - _RIGHT, y, "#eaeef2")
        drawing.line(scale(stretch), y - 8, scale(stretch), y + 8, _FAINT, "2 2")
        for value in values:
            drawing.dot(scale(value), y, _OURS if value >= 1 else _BELOW)
        drawing.text(WIDTH - 20, y + 4, f"{number(row.value or 0)}", anchor="end", bold=True)
    drawing.line(scale(1), first, scale(1), drawing.top + 10, _INK)
    drawing.top += 50


def _times_better(row: Row, value: float) -> float:
    bar = row.bar or 1
    return value / bar if row.better == "higher" else bar / max(value, 1e-9)


def _rates(
    drawing: Drawing, title: str, rows: Sequence[tuple[str, Row]], *, logarithmic: bool
) -> None:
    if not rows:
        return
    drawing.text(20, drawing.top, title, size=14, bold=True)
    values = [row.value or 1 for _, row in rows]
    scale = _Scale(10 ** math.floor(math.log10(min(values)) - 0.1), max(values))
    axis = "logarithmic" if logarithmic else "from 0"
    drawing.text(WIDTH - 20, drawing.top, axis, colour=_FAINT, anchor="end")
    for label, row in rows:
        drawing.top += _LINE
        value = row.value or 1
        ours = row.measure == "drain_noop_rate" or row.measure.startswith("growth")
        drawing.text(20, drawing.top + 4, label)
        full = WIDTH - _LEFT - _RIGHT
        width = scale(value) - _LEFT if logarithmic else full * value / max(values)
        drawing.bar(_LEFT, drawing.top - 6, width, _OURS if ours else _RIVAL)
        drawing.text(WIDTH - 20, drawing.top + 4, number(value), anchor="end", bold=True)
    drawing.top += 50
