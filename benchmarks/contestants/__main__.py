"""`python -m benchmarks.contestants CONTESTANT ACTION TASK`: run a task, print the result."""

from __future__ import annotations

import gc
import importlib
import sys

import msgspec

from benchmarks.contest import Task


def main(contestant: str, action: str, task: str) -> None:
    """Run one action of one contestant."""
    module = importlib.import_module(f"benchmarks.contestants.{contestant}")
    act = getattr(module, action)
    # The garbage collector must not visit the objects of the imports during a measurement.
    gc.freeze()
    measured = act(msgspec.json.decode(task.encode(), type=Task))
    print(msgspec.json.encode(measured).decode(), flush=True)


main(*sys.argv[1:])
