"""The pool of idle environments, and its limit of simultaneous initialisations."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from localstack_process_executor.pool import PATIENCE_SECONDS, EnvironmentPool


class Burst:
    """Invocations of one function that come at the same time."""

    def __init__(
        self, pool: EnvironmentPool[str], init: float, work: float, expected: int = 1
    ) -> None:
        self.pool = pool
        self.expected = expected
        self.init = init
        self.work = work
        self.changed = threading.Condition()
        self.created = 0
        self.at_once = 0
        self.most_at_once = 0

    def run(self, invocations: int) -> None:
        with ThreadPoolExecutor(invocations) as threads:
            list(threads.map(self.invoke, range(invocations)))

    def invoke(self, number: int) -> None:
        environment = self.pool.take("f", None, self.create)
        time.sleep(self.work)
        self.pool.give_back("f", environment)

    def create(self) -> str:
        with self.changed:
            self.created += 1
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            name = f"environment {self.created}"
            self.changed.notify_all()
            # On a busy machine threads arrive late.
            self.changed.wait_for(lambda: self.most_at_once >= self.expected, 60)
        time.sleep(self.init)
        with self.changed:
            self.at_once -= 1
        return name


@pytest.mark.parametrize(("limit", "expected"), [(1, 1), (3, 3), (0, 12)])
def test_initialisations_at_once_are_limited(limit: int, expected: int) -> None:
    burst = Burst(EnvironmentPool(limit), init=0.05, work=0.7, expected=expected)
    burst.run(12)
    assert burst.most_at_once == expected


def test_waiting_invocation_takes_an_idle_environment() -> None:
    burst = Burst(EnvironmentPool(2), init=0.5, work=0.0)
    burst.run(40)
    # Each environment that is ready serves those who wait, before others are ready.
    assert burst.created <= 6


def test_environment_serves_only_its_version() -> None:
    pool = EnvironmentPool[str](1)
    pool.give_back("other", "environment of other")
    assert pool.take("f", None, lambda: "new") == "new"
    assert pool.take("other", None, lambda: "new") == "environment of other"


def test_preferred_environment_is_taken_if_idle() -> None:
    pool = EnvironmentPool[str](1)
    for name in ("a", "b"):
        pool.give_back("f", name)
    assert pool.take("f", "a", lambda: "new") == "a"
    assert pool.take("f", "a", lambda: "new") == "b"
    assert pool.take("f", "a", lambda: "new") == "new"


def test_removed_environment_is_not_taken() -> None:
    pool = EnvironmentPool[str](1)
    pool.give_back("f", "a")
    assert pool.remove("f", "a")
    assert not pool.remove("f", "a")
    assert pool.take("f", "a", lambda: "new") == "new"


def test_failed_creation_frees_its_place() -> None:
    pool = EnvironmentPool[str](1)
    with pytest.raises(ZeroDivisionError):
        pool.take("f", None, lambda: str(1 / 0))
    with pool.initialisation():
        pass


def test_slow_initialisation_does_not_block_others() -> None:
    # A function that calls another one while it initialises must not wait for it forever.
    now = [0.0]
    pool = EnvironmentPool[str](1, clock=lambda: now[0])
    with pool.initialisation():
        now[0] = PATIENCE_SECONDS + 0.1
        assert pool.take("f", None, lambda: "new") == "new"
