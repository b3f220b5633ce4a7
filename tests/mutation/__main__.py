"""`make mutate`: breaks chalicelib/auth in two thousand small ways, counts how many the tests see.

mutmut (its settings are in pyproject.toml) changes one operator, constant or argument at a time and
finds which tests reach it. They are run by worker.py, since mutmut forks a process that has run the
tests before, and what those left there failed every mutant, whatever it was. The score is the share
of mutants that made a test fail. Exits with 1 below the bar.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from fnmatch import fnmatch
from pathlib import Path

from infrastructure.local.stack.stack import Stack
from tests.mutation.worker import KILLED, PASSED
from tests.support.stores import SERVICES

BAR = 85.0
AT_ONCE = 2
MUTANTS = Path("mutants")
RESULTS = MUTANTS / "results"
STATS = MUTANTS / "mutmut-stats.json"
WORKER = Path(__file__).with_name("worker.py")


class NoScore(Exception):
    """The run tells nothing; the message says why."""


def main(arguments: Sequence[str]) -> int:
    """Make the mutants, run them and print the score by module; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="mutate", description="Mutation score of chalicelib/auth."
    )
    parser.add_argument("only", nargs="*", help="patterns of mutants' names; all if there are none")
    parser.add_argument("--resume", action="store_true", help="go on with the mutants there are")
    options = parser.parse_args(arguments)
    try:
        with ExitStack() as stacks:
            stores = [stacks.enter_context(_running_stores()) for _ in range(AT_ONCE)]
            if not options.resume or not STATS.exists():
                _make_mutants(stores)
            RESULTS.mkdir(exist_ok=True)
            chosen = _chosen(options.only)
            _run(chosen, stores)
        return 0 if _print_score(chosen) >= BAR else 1
    except NoScore as error:
        print(f"No score: {error}", file=sys.stderr)
        return 1


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


def _make_mutants(stores: Sequence[str]) -> None:
    """Have mutmut write the mutants and find which tests reach which function.

    It has no command for that alone: asked to run a mutant that there is not, it ends after it.
    """
    # mutmut would keep what it finds there, also of another version.
    shutil.rmtree(MUTANTS, ignore_errors=True)
    environment = os.environ | {"HIRELANE_TEST_STACKS": os.pathsep.join(stores)}
    command = [str(Path(sys.executable).parent / "mutmut"), "run", "none"]
    print("Making the mutants, and finding which tests reach them")
    done = subprocess.run(
        command, env=environment, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if not STATS.exists():
        raise NoScore(f"mutmut made no mutants:\n{done.stdout.decode()[-3000:]}")


def _chosen(patterns: Sequence[str]) -> dict[str, list[str]]:
    """The mutants' names, each with the tests that reach it: quick ones first."""
    stats = json.loads(STATS.read_text())
    seconds = stats["duration_by_test"]
    reaching = {
        function: sorted(tests, key=lambda test: seconds.get(test, 0.0))
        for function, tests in stats["tests_by_mangled_function_name"].items()
    }
    everything = sorted({test for tests in reaching.values() for test in tests}, key=seconds.get)
    chosen = {}
    for meta in sorted(MUTANTS.rglob("*.meta")):
        for name in json.loads(meta.read_text())["exit_code_by_key"]:
            if not patterns or any(fnmatch(name, pattern) for pattern in patterns):
                function = name.rpartition("__mutmut_")[0]
                # What runs on import is noted for the test alone that came first.
                on_import = function.endswith("_routes")
                chosen[name] = everything if on_import else reaching.get(function, [])
    if not chosen:
        raise NoScore("no mutant has such a name.")
    return chosen


def _run(chosen: dict[str, list[str]], stores: Sequence[str]) -> None:
    """Run the mutants that have no result yet, by as many workers as there are stores."""
    done = _results()
    waiting = [name for name in chosen if chosen[name] and name not in done]
    # Mixed, so that all workers have as much to do.
    waiting.sort(key=lambda name: hashlib.md5(name.encode(), usedforsecurity=False).digest())
    workers = []
    for number, directory in enumerate(stores):
        todo = RESULTS / f"worker-{number}.json"
        mine = {name: chosen[name] for name in waiting[number :: len(stores)]}
        todo.write_text(json.dumps(mine))
        command: list[str | Path] = [sys.executable, WORKER, todo.resolve()]
        command.append(todo.resolve().with_suffix(".jsonl"))
        environment = os.environ | {"HIRELANE_TEST_STACKS": directory}
        workers.append(subprocess.Popen(command, cwd=MUTANTS, env=environment))
    codes = [worker.wait() for worker in workers]
    if any(codes):
        raise NoScore("a worker failed; see above.")


def _results() -> dict[str, int]:
    lines = [line for file in RESULTS.glob("*.jsonl") for line in file.read_text().splitlines()]
    return dict(json.loads(line) for line in lines)


def _print_score(chosen: dict[str, list[str]]) -> float:
    results = _results()
    by_module: dict[str, Counter[str]] = {}
    survivors, odd = [], []
    for name in chosen:
        counts = by_module.setdefault(name.rpartition(".")[0], Counter())
        counts["of"] += 1
        code = results.get(name, PASSED)
        counts["killed"] += code in KILLED
        if code == PASSED:
            survivors.append(name)
        elif code not in KILLED:
            odd.append(f"{name} ({code})")
    print(f"\n\n{'module':<44}{'killed':>8}{'of':>6}{'score':>8}")
    for module, counts in by_module.items():
        _print_row(module, counts)
    together = sum(by_module.values(), Counter())
    _print_row(f"together (bar {BAR:.0f}%)", together)
    print("\nSurvivors; `.venv/bin/mutmut show <name>` shows one:")
    print("\n".join(f"  {name}" for name in survivors) or "  none")
    if odd:
        print("\nNeither seen nor survived, by pytest's exit code:", *odd, sep="\n  ")
    return 100 * together["killed"] / together["of"]


def _print_row(name: str, counts: Counter[str]) -> None:
    score = 100 * counts["killed"] / counts["of"]
    print(f"{name:<44}{counts['killed']:>8}{counts['of']:>6}{score:>7.1f}%")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
