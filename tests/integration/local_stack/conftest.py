"""Stacks for these tests, in temporary directories, on free ports."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infrastructure.local.stack import Stack, processes
from infrastructure.local.stack.layout import REPOSITORY

Run = Callable[..., subprocess.CompletedProcess[str]]


def end(stack: Stack) -> None:
    """Stop a stack. LocalStack is killed, because it takes seconds to stop."""
    if stack.is_running("localstack"):
        stack.kill("localstack")
    stack.down()
    assert processes.strays(stack.layout.directory) == []


@pytest.fixture(scope="session")
def shared_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    stack = Stack(tmp_path_factory.mktemp("shared-stack"))
    yield stack
    end(stack)


@pytest.fixture
def running(shared_stack: Stack) -> Stack:
    """A running stack, which the test may disturb."""
    shared_stack.up()
    return shared_stack


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """A stack for this test only, which does not run yet."""
    stack = Stack(tmp_path / "stack")
    yield stack
    end(stack)


@pytest.fixture(scope="session")
def command() -> Run:
    """Run `python -m infrastructure stack` with arguments."""

    def run(*arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("HIRELANE_")}
        return subprocess.run(
            [sys.executable, "-m", "infrastructure", "stack", *map(str, arguments)],
            cwd=REPOSITORY,
            env=kept | variables,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    return run
