"""`make cover`: measure how many lines and branches of each package the tests reach.

Exit with 1 if a test fails or a package is below its bar. Code that runs in other processes
(deployed functions, killed workers) is not measured.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

TESTS = [
    "tests/unit",
    "tests/integration/recruiting",
    "tests/integration/auth",
    "tests/integration/queue",
    "tests/integration/test_queue_cli.py",
    "tests/chaos/api",
]
# In percent, for lines and for branches.
BARS = {"auth": 100.0}


def main(arguments: Sequence[str]) -> int:
    """Run the tests and print the table. Return the exit code."""
    with tempfile.TemporaryDirectory() as scratch:
        environment = os.environ | {"COVERAGE_FILE": f"{scratch}/coverage"}
        report = Path(scratch) / "coverage.json"
        coverage = [sys.executable, "-m", "coverage"]
        measured = [*coverage, "run", "--branch", "--source=chalicelib", "-m", "pytest", "-q"]
        failed = subprocess.run([*measured, *TESTS, *arguments], env=environment, check=False)
        subprocess.run([*coverage, "json", "-q", "-o", str(report)], env=environment, check=True)
        files = json.loads(report.read_text())["files"]
    below = _print_table(files)
    return failed.returncode or int(below)


def _print_table(files: dict[str, Any]) -> bool:
    packages: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for name, file in files.items():
        parts = Path(name).parts
        packages[parts[1] if len(parts) > 2 else "(top level)"].append(file["summary"])
    print(f"\n{'chalicelib/':<16}{'lines':>9}{'branches':>10}{'bar':>8}")
    below = False
    for package, summaries in sorted(packages.items()):
        lines = _percent(summaries, "covered_lines", "num_statements")
        branches = _percent(summaries, "covered_branches", "num_branches")
        bar = BARS.get(package)
        missed = bar is not None and min(lines, branches) < bar
        below = below or missed
        wanted = f"{bar:.0f}" if bar is not None else ""
        verdict = "  below" if missed else ""
        print(f"{package:<16}{lines:>8.1f}%{branches:>9.1f}%{wanted:>8}{verdict}")
    for name, file in sorted(files.items()):
        if Path(name).parts[1] in BARS and (file["missing_lines"] or file["missing_branches"]):
            print(f"  {name}: lines {file['missing_lines']}, branches {file['missing_branches']}")
    return below


def _percent(summaries: list[dict[str, Any]], covered: str, total: str) -> float:
    all_of_them = sum(summary[total] for summary in summaries)
    reached: int = sum(summary[covered] for summary in summaries)
    return 100.0 * reached / all_of_them if all_of_them else 100.0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
