"""`python -m benchmarks.cost`: print what Hirelane costs, and write it into docs/cost.md."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.cost.measure import measure
from benchmarks.cost.model import USAGE, load_model
from benchmarks.cost.table import replaced, tables

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cost.md"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables. Return the exit code."""
    parser = argparse.ArgumentParser(prog="benchmarks.cost", description=__doc__)
    parser.add_argument("--measure", action="store_true", help="first measure the use again")
    parser.add_argument("--alone", type=int, default=100, help="applications one by one")
    parser.add_argument("--burst", type=int, default=2000, help="applications all at once")
    options = parser.parse_args(arguments)
    usage = json.loads(USAGE.read_text())
    if options.measure:
        # A visit is measured in a browser (tests/browser/test_visit_requests.py).
        usage = {"visit": usage["visit"], **measure(options.alone, options.burst)}
        USAGE.write_text(json.dumps(usage, indent=2) + "\n")
    text = tables(load_model(), usage)
    PAGE.write_text(replaced(PAGE.read_text(), text))
    print(text)
    return 0


sys.exit(main())
