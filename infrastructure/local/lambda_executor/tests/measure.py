"""Measures warm and cold calls through LocalStack; prints the rows of the README's table.

Run it as the tests are run: with LOCALSTACK_PYTHON and LAMBDA_PROCESS_RUNTIME_DIR set.
"""

import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from localstack_harness import Function, LocalStack, deploy_to, running_localstack

WARM_CALLS = 200
COLD_FUNCTIONS = 15

EMPTY = "def handler(event, context): return event"
WITH_BOTO3 = f"import boto3\n{EMPTY}"


def call(function: Function, figure: str) -> tuple[float, float]:
    """One call: milliseconds as the caller sees it, and as the REPORT line says."""
    began = time.perf_counter()
    answer = function({})
    elapsed = (time.perf_counter() - began) * 1000
    return elapsed, float(answer.report[figure].removesuffix(" ms"))


def row(label: str, calls: Iterable[tuple[float, float]]) -> None:
    seen, reported = (sorted(column) for column in zip(*calls, strict=True))
    middle, ninth = len(seen) // 2, len(seen) * 9 // 10
    print(f"{label}: median {seen[middle]:.0f} ms, 90th percentile {seen[ninth]:.0f} ms,"
          f" reported {reported[middle]:.1f} ms")  # fmt: skip


def measure(stack: LocalStack) -> None:
    warm = deploy_to(stack, EMPTY)
    warm({})
    row("warm", (call(warm, "Duration") for _ in range(WARM_CALLS)))
    for label, code in (("cold, empty", EMPTY), ("cold, boto3", WITH_BOTO3)):
        functions = [deploy_to(stack, code, MemorySize=512) for _ in range(COLD_FUNCTIONS)]
        row(label, (call(function, "Init Duration") for function in functions))


if __name__ == "__main__":
    with (
        tempfile.TemporaryDirectory() as folder,
        running_localstack(Path(folder, "stack")) as running,
    ):
        measure(running)
