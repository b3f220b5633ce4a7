"""What all tests share. The servers are real ones; see tests/README.md."""

from __future__ import annotations

import os

import pytest

# RQ reads its prefix once, at import: all tests have that of the functions, whose hash tag keeps a
# shard in one slot of a cluster.
os.environ["RQ_KEY_PREFIX"] = "{hl0}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the quick tests first, so that a broken one is known in seconds."""
    order = {"unit": 0, "integration": 1, "e2e": 2, "browser": 4}
    items.sort(key=lambda item: order.get(item.path.parts[item.path.parts.index("tests") + 1], 3))
