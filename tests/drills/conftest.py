"""A deployed stack that the drills break and mend."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.deployment import (
    Deployment,
    database,
    join,
    kept_or_running_deployment,
    lanes,
    loopback_only,
    publish,
)

__all__ = ["database", "join", "lanes", "loopback_only", "publish"]


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with kept_or_running_deployment(tmp_path_factory.mktemp("drill-stack")) as deployment:
        yield deployment
