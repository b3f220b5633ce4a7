"""A drill: it waits for the metric of an alarm, and runs the commands of the runbook."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.deployment import Deployment
from tests.support.runbooks import EVERYWHERE, LOCAL, ROOT, read_runbook
from tests.support.timing import PATIENCE_SECONDS

COMMAND_SECONDS = 300


class DrillStand:
    """The stack of a drill, from the moment at which it is broken.

    Args:
        deployed: the stack.
        runbook: the name of the runbook.
    """

    def __init__(self, deployed: Deployment, runbook: str) -> None:
        self.deployed = deployed
        self._runbook = read_runbook(runbook)
        self._began_ms = int(time.time() * 1000)

    def wait_for_metric(
        self,
        name: str,
        *,
        above: float = 0,
        kind: str = "",
        again: Callable[[], object] = lambda: None,
    ) -> float:
        """Wait until a function has written a metric since the drill began. Return its value.

        Args:
            name: the name of the metric.
            above: the value that it must exceed.
            kind: the kind of the lanes.
            again: is called every few seconds, to provoke it.
        """
        # LocalStack has the lines of an invocation when it ends, which may take a minute.
        ends = time.monotonic() + 3 * PATIENCE_SECONDS
        while time.monotonic() < ends:
            again()
            for _ in range(5):
                values = [value for value in self._values(name, kind) if value > above]
                if values:
                    return values[0]
                time.sleep(1)
        raise AssertionError(f"no function wrote {name} above {above}")

    def has_metric(self, name: str) -> bool:
        """Return whether a function has written a metric since the drill began."""
        return any(True for _ in self._values(name, ""))

    def restart(self) -> None:
        """Forget what was written until now."""
        self._began_ms = int(time.time() * 1000)

    def follow_runbook(self, **values: str) -> None:
        """Run the commands of the runbook that work in the local stack, in their order.

        Args:
            values: what the operator found and sets.
        """
        environment = {
            **os.environ,
            **values,
            "STAGE": "local",
            "URL": self.deployed.api,
            "HIRELANE_STACK_DIR": str(self.deployed.stack.layout.directory),
            "MAKEFLAGS": "s",
        }
        for section in ("Check", "Mend", "Verify"):
            for block in self._runbook.blocks(section):
                if block.mark not in (EVERYWHERE, LOCAL):
                    continue
                done = subprocess.run(
                    ["bash", "-euo", "pipefail", "-c", block.commands],
                    cwd=ROOT,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    text=True,
                    timeout=COMMAND_SECONDS,
                    check=False,
                )
                print(f"$ {block.commands.strip()}\n{done.stdout}{done.stderr}")
                if done.returncode:
                    pytest.fail(f"{section}: {block.commands}\n{done.stdout}{done.stderr}")

    def lines_of(self, name: str) -> Iterator[dict[str, Any]]:
        """Yield the lines with a metric that were written since the drill began."""
        for line in self._lines():
            if f'"{name}"' in line and line.startswith('{"_aws"'):
                entry = json.loads(line)
                if name in entry:
                    yield entry

    def _values(self, name: str, kind: str) -> Iterator[float]:
        for entry in self.lines_of(name):
            if not kind or entry.get("kind") == kind:
                yield max(entry[name])

    def _lines(self) -> Iterator[str]:
        logs: Any = self.deployed.aws("logs")
        for group in logs.describe_log_groups()["logGroups"]:
            pages = logs.get_paginator("filter_log_events").paginate(
                logGroupName=group["logGroupName"], startTime=self._began_ms
            )
            for page in pages:
                for event in page["events"]:
                    yield from event["message"].splitlines()
