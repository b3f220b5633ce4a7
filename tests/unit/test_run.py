"""`make test` names a test that hangs, and runs the others."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.run import SCHEDULING, time_limit

HANGING = """
import time

def test_before(): pass
def test_that_hangs(): time.sleep(600)
def test_after(): pass
"""


def test_test_that_hangs_fails_by_name_and_others_run(tmp_path: Path) -> None:
    file = tmp_path / "tests" / "unit" / "test_hanging.py"
    file.parent.mkdir(parents=True)
    file.write_text(HANGING)
    options = ("-p", "tests.conftest", "-p", "no:valkey", "-n", "1", *SCHEDULING)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *time_limit("1"), "--rootdir", ".", str(file)],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert "FAILED tests/unit/test_hanging.py::test_that_hangs" in done.stdout, done.stdout
    assert "1 failed, 2 passed" in done.stdout
    assert "in test_that_hangs" in done.stderr
