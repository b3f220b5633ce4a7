"""`make mutate`: measure the mutation score of chalicelib/auth and of chalicelib/queue.

mutmut (its settings are in pyproject.toml) changes one operator, constant or argument at a time and
records which tests reach it. worker.py runs these tests, because mutmut would fork a process that
has run them before, and what they left there fails every mutant. The score is the share of mutants
that make a test fail. Exit with 1 if a package is below the bar.
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


class NoScoreError(Exception):
    """There is no score; the message says why."""


def main(arguments: Sequence[str]) -> int:
    """Make the mutants, run them and print the score by module. Return the exit code."""
    parser = argparse.ArgumentParser(
        prog="mutate", description="Mutation score of auth and of the queue."
    )
    parser.add_argument("only", nargs="*", help="patterns of mutants' names; all by default")
    parser.add_argument(
        "--resume", action="store_true", help="continue with the mutants of the last run"
    )
    parser.add_argument(
        "--sample", type=int, metavar="N", help="run only N mutants of each package, mixed"
    )
    options = parser.parse_args(arguments)
    try:
        with ExitStack() as stacks:
            stores = [stacks.enter_context(_running_stores()) for _ in range(AT_ONCE)]
            if not options.resume or not STATS.exists():
                _make_mutants(stores)
            RESULTS.mkdir(exist_ok=True)
            chosen = _chosen(options.only)
            if options.sample:
                chosen = _sample(chosen, options.sample)
            _run(chosen, stores)
        return 0 if all(score >= BAR for score in _print_scores(chosen)) else 1
    except NoScoreError as error:
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
    """Have mutmut write the mutants and record which tests reach which function.

    mutmut has no command for that alone, but it stops there if it is asked to run a mutant that
    does not exist.
    """
    # mutmut would keep the mutants of an earlier version.
    shutil.rmtree(MUTANTS, ignore_errors=True)
    environment = os.environ | {"HIRELANE_TEST_STACKS": os.pathsep.join(stores)}
    command = [str(Path(sys.executable).parent / "mutmut"), "run", "none"]
    print("Making the mutants, and recording which tests reach them")
    done = subprocess.run(
        command, env=environment, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if not STATS.exists():
        raise NoScoreError(f"mutmut made no mutants:\n{done.stdout.decode()[-3000:]}")


def _chosen(patterns: Sequence[str]) -> dict[str, list[str]]:
    """Return the names of the mutants, each with the tests that reach it, quick ones first."""
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
                tests = reaching.get(function, [])
                if len(tests) == 1:
                    # A function that runs on import is recorded for the first test alone.
                    tests = [*tests, *(test for test in everything if test not in tests)]
                chosen[name] = tests
    if not chosen:
        raise NoScoreError("no mutant has such a name.")
    return chosen


def _sample(chosen: dict[str, list[str]], size: int) -> dict[str, list[str]]:
    """Return some mutants of each package, the same ones in each run."""
    by_package: dict[str, list[str]] = {}
    for name in sorted(chosen, key=_mixed):
        by_package.setdefault(_package(name), []).append(name)
    names = {name for package in by_package.values() for name in package[:size]}
    return {name: tests for name, tests in chosen.items() if name in names}


def _mixed(name: str) -> bytes:
    """Return a sort key that mixes names."""
    return hashlib.md5(name.encode(), usedforsecurity=False).digest()


def _package(name: str) -> str:
    """Return chalicelib.auth or chalicelib.queue for the name of a mutant or module of it."""
    return ".".join(name.split(".")[:2])


def _run(chosen: dict[str, list[str]], stores: Sequence[str]) -> None:
    """Run the mutants that have no result yet, with one worker for each pair of stores."""
    done = _results()
    waiting = [name for name in chosen if chosen[name] and name not in done]
    # Mixed, so that all workers have the same amount of work.
    waiting.sort(key=_mixed)
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
        raise NoScoreError("a worker failed; see above.")


def _results() -> dict[str, int]:
    lines = [line for file in RESULTS.glob("*.jsonl") for line in file.read_text().splitlines()]
    return dict(json.loads(line) for line in lines)


def _print_scores(chosen: dict[str, list[str]]) -> list[float]:
    """Print the score of each module and package. Return the scores of the packages."""
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
    by_package: dict[str, Counter[str]] = {}
    for module, counts in by_module.items():
        by_package.setdefault(_package(module), Counter()).update(counts)
    for package, counts in by_package.items():
        _print_row(f"{package} (bar {BAR:.0f}%)", counts)
    print("\nSurvivors; `.venv/bin/mutmut show <name>` shows one:")
    print("\n".join(f"  {name}" for name in survivors) or "  none")
    if odd:
        print("\nUnexpected exit codes of pytest:", *odd, sep="\n  ")
    return [_score(counts) for counts in by_package.values()]


def _print_row(name: str, counts: Counter[str]) -> None:
    print(f"{name:<44}{counts['killed']:>8}{counts['of']:>6}{_score(counts):>7.1f}%")


def _score(counts: Counter[str]) -> float:
    return 100 * counts["killed"] / counts["of"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
