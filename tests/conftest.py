"""How all tests are ordered and shared out to the workers of pytest-xdist."""

from __future__ import annotations

import os

import pytest

# RQ reads its prefix once, at import. All tests have the prefix of the deployed functions: its hash
# tag keeps a shard in one slot of a cluster.
os.environ["RQ_KEY_PREFIX"] = "{hl0}"

# Unit tests first, so that a broken one is known in seconds; then what takes long in one worker.
_ORDER = ("unit", "chaos", "lambda_executor", "local_stack", "e2e", "browser")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the tests, and name the group of each: one worker runs all tests of a group."""
    order = {name: number for number, name in enumerate(_ORDER)}
    items.sort(key=lambda item: order.get(_area(item), len(order)))
    for item in items:
        if group := _group(item):
            item.add_marker(pytest.mark.xdist_group(group))


def _area(item: pytest.Item) -> str:
    """Return the directory of a test below tests/ or tests/integration/, or ``lambda_executor``."""
    parts = item.path.relative_to(item.config.rootpath).parts
    if parts[0] != "tests":
        return "lambda_executor"
    return parts[2] if parts[1] == "integration" and len(parts) > 3 else parts[1]


def _group(item: pytest.Item) -> str | None:
    """Return the group of a test; None for one that any worker may run on its own."""
    fixtures = getattr(item, "fixturenames", ())
    area = _area(item)
    if area == "browser":
        return None
    if area in ("lambda_executor", "local_stack"):
        return area
    if area == "chaos":
        return "chaos deployed" if "deployed" in fixtures else "chaos"
    if "cluster" in item.name.partition("[")[2]:
        return "cluster"
    return str(item.path)
