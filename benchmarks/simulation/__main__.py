"""`python -m benchmarks.simulation`: simulate, print the tables, write them into docs/scale.md."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.bench import say
from benchmarks.simulation.report import chart, replaced, tables
from benchmarks.simulation.scenarios import scenarios, validations
from benchmarks.simulation.simulate import simulate

PAGE = Path(__file__).resolve().parents[2] / "docs" / "scale.md"


def main() -> int:
    """Run all scenarios. Return the exit code."""
    results = []
    for scenario in [*validations(), *scenarios()]:
        say(f"    {scenario.name}")
        results.append((scenario, simulate(scenario.parameters, scenario.burst)))
    text = tables(results)
    PAGE.write_text(replaced(PAGE.read_text(), text))
    PAGE.with_suffix(".svg").write_text(chart(results))
    print(text)
    return 0


sys.exit(main())
