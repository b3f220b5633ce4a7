"""A deployed stack that no other tests use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.conftest import asset_proxy, axe, open_browser, screenshots
from tests.support.deployment import (
    Deployment,
    database,
    join,
    lanes,
    loopback_only,
    publish,
    running_deployment,
)

__all__ = [
    "asset_proxy",
    "axe",
    "database",
    "join",
    "lanes",
    "loopback_only",
    "open_browser",
    "publish",
    "screenshots",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Delete the deployment last, because the other tests need it."""
    items.sort(key=lambda item: item.name == "test_deletion_leaves_nothing")


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with running_deployment(tmp_path_factory.mktemp("chaos-stack")) as deployment:
        yield deployment
