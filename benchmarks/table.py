"""The rows as a table of 100 columns for a terminal, and as a Markdown page."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from benchmarks.row import Row

_WIDTHS = (33, 9, 9, 6, 7, 18, 11)


def heading() -> str:
    """Return the header of the table."""
    return _line("MEASURE", "VALUE", "UNIT", "BAR", "STRETCH", "MIN .. MAX", "")


def line(row: Row) -> str:
    """Return one row of the table."""
    if row.value is None:
        return f"{row.measure:<{_WIDTHS[0]}}  {row.verdict}"
    spread = f"{number(min(row.rounds))} .. {number(max(row.rounds))}"
    return _line(
        row.measure,
        number(row.value),
        row.unit,
        _wanted(row, row.bar),
        _wanted(row, row.stretch),
        spread,
        row.verdict,
    )


def table(rows: Sequence[Row]) -> str:
    """Return all rows with the header."""
    return "\n".join([heading(), *map(line, rows)])


def page(rows: Sequence[Row], picture: str) -> str:
    """Return the page for the documentation, with its chart and a table for each run."""
    lines = [
        "# Benchmarks",
        "",
        "`make bench` writes this page; do not edit it. [benchmarks](../benchmarks/README.md)",
        "explains each row, how it is measured, and its limits.",
        "",
    ]
    for number_of_run, (conditions, of_run) in enumerate(
        groupby(rows, key=lambda row: row.conditions)
    ):
        lines += [f"{conditions}.", ""]
        if number_of_run == 0:
            lines += [
                f"![The rows compared with their bars, and the absolute rates]({picture})",
                "",
            ]
        lines += [
            "| measure | value | unit | bar | stretch | minimum to maximum of the rounds | |",
            "|---|---:|---|---:|---:|---|---|",
            *map(_cells, of_run),
            "",
        ]
    return "\n".join(lines)


def number(value: float) -> str:
    """Return a number in a short form."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def _cells(row: Row) -> str:
    if row.value is None:
        return f"| `{row.measure}` | - | {row.unit} | | | | {row.verdict} |"
    spread = f"{number(min(row.rounds))} to {number(max(row.rounds))}"
    bar, stretch = _wanted(row, row.bar), _wanted(row, row.stretch)
    return (
        f"| `{row.measure}` | {number(row.value)} | {row.unit} | {bar} | {stretch}"
        f" | {spread} | {row.verdict} |"
    )


def _wanted(row: Row, wanted: float | None) -> str:
    if wanted is None:
        return "-"
    return ("≥" if row.better == "higher" else "≤") + f"{wanted:g}"


def _line(measure: str, value: str, unit: str, *rest: str) -> str:
    bar, stretch, spread, verdict = rest
    name_width, value_width, unit_width, bar_width, stretch_width, spread_width, _ = _WIDTHS
    return (
        f"{measure:<{name_width}} {value:>{value_width}} {unit:<{unit_width}} {bar:>{bar_width}}"
        f" {stretch:>{stretch_width}} {spread:>{spread_width}}  {verdict}"
    ).rstrip()
