"""`make mutate`: breaks chalicelib/auth in a thousand small ways and counts how many the tests see.

mutmut (its settings are in pyproject.toml) changes one operator, constant or argument at a time and
runs the tests that reach it. The score is the share of mutants that made a test fail. Exits with 1
below the bar. Data stores are started once and lent to the tests.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from infrastructure.local.stack.stack import Stack
from tests.integration.conftest import SERVICES

BAR = 85.0
AT_ONCE = 2
SOONEST_SECONDS = 0.4
MUTANTS = Path("mutants")
# mutmut.stats.status_by_exit_code: what pytest, or the end of its time, answered.
KILLED = {1, 3, 24, 36, -24, 152, 255}


def main(arguments: Sequence[str]) -> int:
    """Run mutmut and print the score by module; returns the exit code."""
    with ExitStack() as stacks:
        directories = [stacks.enter_context(_running_stores()) for _ in range(AT_ONCE)]
        environment = os.environ | {"HIRELANE_TEST_STACKS": os.pathsep.join(directories)}
        mutmut = [str(Path(sys.executable).parent / "mutmut"), "run"]
        done = subprocess.run(
            [*mutmut, "--max-children", str(AT_ONCE), *arguments], env=environment, check=False
        )
    if done.returncode:
        return done.returncode
    if _died_too_soon():
        print("The mutants died before a test could have run: no score.", file=sys.stderr)
        return 1
    return 0 if _print_score() >= BAR else 1


@contextmanager
def _running_stores() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as directory:
        stack = Stack(Path(directory))
        try:
            for service in SERVICES:
                stack.restart(service)
            yield directory
        finally:
            stack.down()


def _died_too_soon() -> bool:
    """Whether most mutants took less time than a session of pytest needs to begin.

    Something else than a test failed then, and a score would be praise for nothing.
    """
    took: list[float] = []
    for meta in MUTANTS.rglob("*.meta"):
        durations = json.loads(meta.read_text())["durations_by_key"].values()
        took += [seconds for seconds in durations if seconds is not None]
    return not took or statistics.median(took) < SOONEST_SECONDS


def _print_score() -> float:
    total: Counter[str] = Counter()
    survivors: list[str] = []
    print(f"\n{'module':<40}{'killed':>8}{'of':>6}{'score':>8}")
    for meta in sorted(MUTANTS.rglob("*.meta")):
        codes: dict[str, int | None] = json.loads(meta.read_text())["exit_code_by_key"]
        ran = {name: code for name, code in codes.items() if code is not None}
        killed = sum(code in KILLED for code in ran.values())
        survivors += [name for name, code in ran.items() if code not in KILLED]
        total.update(killed=killed, of=len(ran))
        if ran:
            module = str(meta.relative_to(MUTANTS)).removesuffix(".meta")
            print(f"{module:<40}{killed:>8}{len(ran):>6}{100 * killed / len(ran):>7.1f}%")
    score = 100 * total["killed"] / max(1, total["of"])
    print(f"{'together':<40}{total['killed']:>8}{total['of']:>6}{score:>7.1f}%  (bar {BAR:.0f}%)")
    print("\nSurvivors; `.venv-mutations/bin/mutmut show <name>` shows one:")
    print("\n".join(f"  {name}" for name in survivors) or "  none")
    return score


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
