"""The results of the simulations as Markdown tables and as a chart."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.drawing import FAINT, WIDTH, Drawing
from benchmarks.simulation.scenarios import Scenario
from benchmarks.simulation.simulate import Result

BEGIN = "<!-- make simulate: begin -->"
END = "<!-- make simulate: end -->"
Results = Sequence[tuple[Scenario, Result]]
_HEIGHT, _LEFT, _RIGHT = 150.0, 70.0, 150.0
_COLOURS = {"accepted": "#0969da", "stored": "#1a7f5a", "e-mailed": "#8c959f"}


def replaced(page: str, text: str) -> str:
    """Return the page with the text between the marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"


def tables(results: Results) -> str:
    """Return the table of what was measured, and that of the plan."""
    lines = [
        "| stored after | simulated | measured |",
        "|---|---:|---:|",
    ]
    lines += [
        f"| {scenario.name} | {result.drained_after:.0f} s | {scenario.measured} |"
        for scenario, result in results
        if scenario.measured
    ]
    lines += [
        "",
        "| burst | stored after | refused, repeated | longest wait | most waiting | drains"
        " | API environments | busiest primary | last e-mail |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for scenario, result in results:
        if not scenario.measured:
            lines.append(
                f"| {scenario.name} | {_time(result.drained_after)} | {result.refused:,}"
                f" | {result.oldest_wait:.1f} s"
                f" | {result.most_waiting:,} | {result.most_drains} | {result.most_environments}"
                f" | {100 * result.busiest_primary:.0f}% | {_time(result.sent_after)} |"
            )
    return "\n".join(lines)


def chart(results: Results) -> str:
    """Return a chart of the scenarios of the plan: accepted, stored and e-mailed over time."""
    drawing = Drawing()
    drawing.text(20, 30, "Bursts, simulated", size=18, bold=True)
    drawing.text(20, 50, "applications over time; e-mails end outside the chart", colour=FAINT)
    drawing.top = 80.0
    for scenario, result in results:
        if not scenario.measured:
            _panel(drawing, scenario, result)
    return drawing.finished()


def _panel(drawing: Drawing, scenario: Scenario, result: Result) -> None:
    drawing.text(20, drawing.top, scenario.name, size=14, bold=True)
    ends = 1.25 * max(result.drained_after, scenario.burst.seconds)
    rows = [row for row in result.series if row[0] <= ends]
    width = WIDTH - _LEFT - _RIGHT
    bottom = drawing.top + 20 + _HEIGHT

    def point(seconds: float, number: int) -> tuple[float, float]:
        return (
            _LEFT + width * seconds / ends,
            bottom - _HEIGHT * number / max(1, result.accepted),
        )

    drawing.line(_LEFT, bottom, WIDTH - _RIGHT, bottom, FAINT)
    drawing.line(_LEFT, bottom - _HEIGHT, _LEFT, bottom, FAINT)
    drawing.text(_LEFT - 6, bottom - _HEIGHT + 4, f"{result.accepted:,}", anchor="end")
    drawing.text(_LEFT, bottom + 16, "0 s", colour=FAINT)
    drawing.text(WIDTH - _RIGHT, bottom + 16, f"{ends:.0f} s", colour=FAINT, anchor="end")
    for index, (name, colour) in enumerate(_COLOURS.items()):
        drawing.curve([point(row[0], int(row[index + 1])) for row in rows], colour)
        drawing.text(WIDTH - _RIGHT + 12, bottom - _HEIGHT + 16 * index, name, colour=colour)
    drawing.top = bottom + 50


def _time(seconds: float) -> str:
    if seconds < 300:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
