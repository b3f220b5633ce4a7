"""`make test`: run the tests in parallel, then those that compare times, two at once.

Arguments go to pytest; without a path among them, all tests run that have no mark ``nightly``. The
end-to-end and the browser tests of all workers share one deployed stack, which is deployed while
other tests run. Exit with pytest's code if a test failed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.deployment import SHARED_STACK, SharedStack

ALL_TESTS = ("tests", "infrastructure/local/lambda_executor/tests")
# The directories whose tests use the shared stack.
DEPLOYED = ("tests", "tests/e2e", "tests/browser")
# The tests wait for servers and timers most of the time, so more run at once than there are cores.
WORKERS = int(os.environ.get("HIRELANE_TEST_WORKERS", "4"))

SCHEDULING = ("--dist", "loadgroup", "--no-loadscope-reorder")
# The tests of killed workers mostly wait for leases to expire, so they disturb no others.
TIMED_WORKERS = ("-n", "2", *SCHEDULING)

# A test that hangs for this long (s) ends its worker, which writes the stacks of all threads. The
# report names the test, another worker takes the rest, and the run fails. 0 means no limit.
TEST_SECONDS = os.environ.get("HIRELANE_TEST_SECONDS", "300")

_PASSED = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)


def main(arguments: Sequence[str]) -> int:
    """Run both phases. Return the exit code of the first that failed."""
    paths = [argument for argument in arguments if Path(argument.partition("::")[0]).exists()]
    phases = {
        "in parallel": (
            *("-m", "not timed" if paths else "not timed and not nightly"),
            *("-n", str(WORKERS), *SCHEDULING),
            *([] if paths else ALL_TESTS),
        ),
        # With paths they run alone, and show what they measure.
        "timed": ("-m", "timed", *([] if paths else (*TIMED_WORKERS, *timed_files()))),
    }
    # A selection by name may need no deployment: then it starts when a test asks for it.
    at_once = any(path.rstrip("/") in DEPLOYED for path in paths or ALL_TESTS) and (
        len(paths) == len(arguments)
    )
    codes = []
    with tempfile.TemporaryDirectory(prefix="hirelane-tests-") as directory:
        shared = SharedStack(Path(directory) / "stack")
        with _running(shared, at_once=at_once):
            for name, options in phases.items():
                began = time.monotonic()
                limit = time_limit(TEST_SECONDS)
                command = [sys.executable, "-m", "pytest", *limit, *options, *arguments]
                environment = os.environ | {SHARED_STACK: str(shared.directory)}
                codes.append(subprocess.run(command, env=environment, check=False).returncode)
                print(f"Tests {name}: {time.monotonic() - began:.0f} s", flush=True)
    return next((code for code in codes if code not in _PASSED), 0)


def time_limit(seconds: str) -> tuple[str, ...]:
    """Return pytest's options that end a process in which one test takes longer."""
    settings = f"faulthandler_timeout={seconds}", "faulthandler_exit_on_timeout=true"
    return tuple(one for setting in settings for one in ("-o", setting))


def timed_files() -> list[str]:
    """Return the files with tests that compare times: to collect all tests takes seconds."""
    return [
        str(file)
        for directory in ALL_TESTS
        for file in sorted(Path(directory).rglob("test_*.py"))
        if "pytest.mark.timed" in file.read_text()
    ]


@contextmanager
def _running(shared: SharedStack, *, at_once: bool) -> Iterator[None]:
    """Deploy in the background, on request or at once; stop the servers in the end."""
    ended = threading.Event()
    if at_once:
        shared.request()
    deployer = threading.Thread(target=shared.deploy_when_requested, args=(ended,), name="deployer")
    deployer.start()
    try:
        yield
    finally:
        ended.set()
        deployer.join()
        shared.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
