"""The processes of deployed functions."""

from __future__ import annotations

from collections.abc import Collection

import psutil

from tests.support.deployment import Deployment


def function_processes(deployed: Deployment, functions: Collection[str]) -> list[psutil.Process]:
    """Return the processes of these functions of a deployment."""
    endpoint = deployed.stack.endpoint("localstack")
    found = []
    for process in psutil.process_iter():
        try:
            environ = process.environ()
        except psutil.Error:
            continue
        if (
            environ.get("AWS_LAMBDA_FUNCTION_NAME") in functions
            and environ.get("AWS_ENDPOINT_URL") == endpoint
        ):
            found.append(process)
    return found
