"""How the tests are ordered, and shared out to the workers of pytest-xdist."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadGroupScheduling

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# RQ reads its prefix once, at import. All tests have the prefix of the deployed functions: its hash
# tag keeps a shard in one slot of a cluster.
os.environ["RQ_KEY_PREFIX"] = "{hl0}"

# The same examples in each run, except in the nightly one; a busy machine meets no deadline.
settings.register_profile("repeatable", deadline=None, database=None, derandomize=True)
settings.register_profile("nightly", deadline=None, database=None, max_examples=2000)
settings.load_profile(os.environ.get("HIRELANE_HYPOTHESIS", "repeatable"))

# Unit tests first, so that a broken one is known in seconds; then the groups that take longest. The
# browser tests come last: each is a group, so all workers are busy until the end.
_FIRST = ("unit", "chaos", "local_stack", "lambda_executor", "upgrade", "queue")
_LAST = ("e2e", "browser")


_RANDOM_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all directories: Playwright starts only once in a thread."""
    from tests.browser.chromium import ChromiumMissingError, running_chromium

    with ExitStack() as running:
        try:
            browser, missing = running.enter_context(running_chromium()), ""
        except ChromiumMissingError as error:
            browser, missing = None, str(error)
        if browser is None:
            pytest.fail(missing, pytrace=False)
        yield browser


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name no test after a random id: all workers must collect the same tests."""
    if isinstance(val, str) and _RANDOM_ID.search(val):
        return _RANDOM_ID.sub("id", val)
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the tests."""
    others = len(_FIRST)
    order = {name: number for number, name in enumerate(_FIRST)}
    order |= {name: number for number, name in enumerate(_LAST, start=others + 1)}
    items.sort(key=lambda item: order.get(_area(item.nodeid), others))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> GroupScheduling | None:
    """Have `--dist loadgroup` group the tests as ``group_of`` says."""
    return GroupScheduling(config, log) if config.getvalue("dist") == "loadgroup" else None


class GroupScheduling(LoadGroupScheduling):  # type: ignore[misc]
    """Runs all tests of a group in one worker.

    The marker ``xdist_group`` has no effect: pytest-xdist 3.8 would append it to the node ids,
    which pytest 9.2 does not allow any more.
    """

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)

    def remove_node(self, node: Any) -> str | None:
        """Return the test in which a worker died, if it died, and share out its other tests.

        pytest-xdist would run that test again, and one that hangs would stop every new worker.
        """
        groups = self.assigned_work.pop(node)
        waiting = [group for group in groups.values() if not all(group.values())]
        if not waiting:
            return None
        died_in: str = next(test for test, is_done in waiting[0].items() if not is_done)
        waiting[0][died_in] = True
        self.workqueue.update(
            {name: group for name, group in groups.items() if not all(group.values())}
        )
        for other in self.assigned_work:
            self._reschedule(other)
        return died_in

    def _reschedule(self, node: Any) -> None:
        """Give a worker its next group when it has one test left, which it runs only then.

        pytest-xdist does so when two are left. In the end, one worker would have three browser
        tests to run while another one has none.
        """
        if not self.workqueue or self._pending_of(self.assigned_work[node]) < 2:
            super()._reschedule(node)


def group_of(nodeid: str) -> str:
    """Return the group of a test: tests that share servers, or the tests of a file."""
    file, _, name = nodeid.partition("::")
    match _area(nodeid):
        case "e2e" if "/test_aws_" in file:
            # All of them deploy the same stage.
            return "aws"
        case "chaos" if file.endswith("/test_kills.py"):
            # They run last, with few others, and each starts workers of its own.
            return nodeid
        case "chaos":
            return file.rpartition("/")[0]
        case "local_stack" | "lambda_executor" as area:
            return area
        case "queue" if "cluster" in name.partition("[")[2] or file.endswith("_moving_slot.py"):
            return "cluster"
        case "browser":
            # They take seconds each and share only the deployed stack.
            return nodeid
        case _:
            return file


def _area(nodeid: str) -> str:
    """Return the directory of a test below tests/ or tests/integration/, or ``lambda_executor``."""
    directories = nodeid.partition("::")[0].split("/")[:-1]
    if directories[0] != "tests":
        return "lambda_executor"
    return next((one for one in directories[1:] if one != "integration"), "integration")
