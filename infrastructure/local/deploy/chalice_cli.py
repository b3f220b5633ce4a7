"""Chalice's own command line, for a deployment to LocalStack.

Run it in the directory of a project, with the arguments of Chalice. It differs from `chalice` in
two ways: the package is built from cached dependencies and has bytecode (see packages.py), and
botocore polls every 0.05 s instead of 5 s whether a function is ready, because
LocalStack is ready at once. It refuses to use a server that is not on this machine.
"""

import ipaddress
import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import botocore.waiter
from chalice.cli import main as chalice_main

from infrastructure.local.deploy.errors import DeployError
from infrastructure.local.deploy.packages import CachingPackager
from infrastructure.local.deploy.projects import CACHE_VARIABLE

WAITER_SECONDS = 0.05
WAITER_ATTEMPTS = 1200


class QuickWaiterConfig(botocore.waiter.SingleWaiterConfig):
    """The settings of a waiter, with a short delay."""

    def __init__(self, single_waiter_config: dict[str, Any]) -> None:
        super().__init__(single_waiter_config)
        self.delay = WAITER_SECONDS  # type: ignore[assignment]  # passed only to sleep()
        self.max_attempts = WAITER_ATTEMPTS


def is_loopback(url: str) -> bool:
    """Return whether the host of the URL is this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def main() -> int:
    """Run Chalice's command line, and return the exit code."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    if not is_loopback(endpoint):
        print(f"AWS_ENDPOINT_URL={endpoint} is not on this machine.", file=sys.stderr)
        return 1
    setattr(botocore.waiter, "SingleWaiterConfig", QuickWaiterConfig)  # noqa: B010
    if "deploy" in sys.argv[1:]:
        try:
            CachingPackager(Path(os.environ[CACHE_VARIABLE])).ensure_package(Path.cwd())
        except DeployError as error:
            print(error, file=sys.stderr)
            return 1
    return int(chalice_main() or 0)


if __name__ == "__main__":
    sys.exit(main())
