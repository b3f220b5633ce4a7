"""A deployed stack that the drills break and mend."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from infrastructure.local.stack import Stack
from infrastructure.local.stack.functions import api_url
from tests.support.deployment import (
    Deployment,
    database,
    join,
    lanes,
    loopback_only,
    publish,
    running_deployment,
)

__all__ = ["database", "join", "lanes", "loopback_only", "publish"]


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    # A stack that `make up deploy` left running: quicker while a drill is being written.
    if ready := os.environ.get("HIRELANE_TEST_DEPLOYMENT"):
        stack = Stack(Path(ready))
        yield Deployment(stack, stack.endpoints(), api_url(stack))
        return
    with running_deployment(tmp_path_factory.mktemp("drill-stack")) as deployment:
        yield deployment
