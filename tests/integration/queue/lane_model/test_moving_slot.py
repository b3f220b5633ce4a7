"""The steps of the lane model in a cluster, while the slot of the shard moves key by key.

While both nodes hold keys of the slot, each command must be refused with a redirection, which our
client repeats, and write nothing, or be carried out as in a slot that does not move. After each
step the keys of both nodes together are compared with the model.

``HIRELANE_SLOT_STEPS`` sets the number of steps, 200 by default, as ``HIRELANE_MODEL_STEPS`` does
in ``test_lane_model.py``.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from math import inf
from typing import Any, ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from redis import Redis
from redis.crc import key_slot
from redis.exceptions import ResponseError

import chalicelib.queue.scripts as all_scripts
from chalicelib.bootstrap import redis_cluster
from chalicelib.bootstrap.redis_cluster import ClusterClient
from chalicelib.common.outages import redis_error_code
from chalicelib.queue.rq.keys import DEFAULT_PREFIX
from tests.integration.queue.lane_model.clock import use_clocked_scripts
from tests.integration.queue.lane_model.protocol import Protocol, read_keys
from tests.integration.queue.lane_model.runs import run_some_seeds, run_steps
from tests.support.cluster import Cluster
from tests.support.slot_migration import KeyByKeyMigration, copy_slot

STEPS = 200
# With which steps a mistake is tried. It shows soon after the first of these seeds.
SEEDS = range(12, 32)
VARIABLE = "HIRELANE_SLOT_STEPS"
SLOT = key_slot(DEFAULT_PREFIX.encode())


class WatchedClient(ClusterClient):
    """Our client, which checks that a redirected command wrote nothing."""

    migration: KeyByKeyMigration | None = None

    def execute_command(self, *args: Any, **options: Any) -> Any:
        return self._watch(partial(super().execute_command, *args, **options))

    def execute_commands(self, commands: Any) -> list[Any]:
        answers: list[Any] = self._watch(partial(super().execute_commands, commands))
        return answers

    def _watch(self, execute: Callable[[], Any]) -> Any:
        before = self.migration and self.migration.read_values()
        try:
            return execute()
        except ResponseError:
            assert (self.migration and self.migration.read_values()) == before, (
                "a command wrote something, and failed"
            )
            raise


class MovingSlot(Protocol):
    """The steps, while the slot moves to and fro. ``one`` is a server for copies of its keys."""

    redis: ClassVar[WatchedClient]
    cluster: ClassVar[Cluster]
    one: ClassVar[Redis]
    # The redirections, after which our client repeats the command.
    expected_errors: ClassVar[tuple[str, ...]] = ("ASK", "TRYAGAIN")
    # How many steps in an open slot were refused or not, and how many moves were completed or not.
    seen: ClassVar[Counter[str]] = Counter()

    @property
    def migration(self) -> KeyByKeyMigration | None:
        return self.redis.migration

    def empty_store(self) -> None:
        self.cluster.flush()

    def read_store(self) -> bytes:
        """Copy the keys of all nodes to one server, where a script can read them together."""
        self.one.flushdb()
        copy_slot(self.cluster, SLOT, self.one.connection_pool.connection_kwargs["port"])
        return read_keys(self.one)

    @property
    def plain_redis(self) -> Redis:
        owner: Redis = self.cluster.owner(SLOT).redis
        return owner

    def attempt(self, take: Callable[[], None]) -> None:
        """Take a step. Sometimes move more keys after it, and at last close the slot."""
        if self.migration is None:
            take()
            return
        try:
            take()
            self.seen["whole"] += 1
        except ResponseError as error:
            if redis_error_code(error) not in self.expected_errors:
                raise AssertionError(f"not a redirection: {error}") from error
            self.seen["refused"] += 1
        # A step may consist of others, the last of which closed the slot.
        if self.migration:
            self.steps_left -= 1
            if self.steps_left % 3 == 0:
                self.migration.move_some(0.5, self.chance)
            if self.steps_left <= 0:
                self.seen["completed" if self.is_completed else "cancelled"] += 1
                migration = self.migration
                self.close_slot(migration.finish if self.is_completed else migration.cancel)

    @precondition(lambda self: self.migration is None)
    @rule(
        share=st.sampled_from((0.0, 0.1, 0.3, 0.7, 1.0)),
        steps=st.integers(1, 8),
        is_completed=st.booleans(),
    )
    def open_slot(self, share: float, steps: int, is_completed: bool) -> None:
        """Begin a move, which ends after some steps.

        Random steps rarely settle then, and no other script writes as much.
        """
        self.chance = random.Random(steps)  # noqa: S311
        self.steps_left, self.is_completed = steps, is_completed
        self.redis.migration = KeyByKeyMigration.begin(self.cluster, SLOT)
        self.redis.migration.move_some(share, self.chance)
        if any(not held.settled for held in self.held):
            self.settle_late(0)

    def close_slot(self, close: Callable[[], None]) -> None:
        self.redis.migration = None
        close()

    # RQ's tools do not know redirections.

    def enqueue_by_rq(self, owner: str) -> None:
        if self.migration is None:
            super().enqueue_by_rq(owner)

    def delete_by_rq(self, job_id: str) -> None:
        if self.migration is None:
            super().delete_by_rq(job_id)

    def teardown(self) -> None:
        if self.migration:
            if sys.exception():
                # A key may be on both nodes.
                self.cluster.flush()
            self.close_slot(self.migration.finish)
        super().teardown()


@pytest.fixture(autouse=True)
def servers(cluster: Cluster, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # The client raises a redirection at once, instead of repeating the call.
    monkeypatch.setattr(redis_cluster, "_FIRST_PAUSE", inf)
    MovingSlot.cluster, MovingSlot.one = cluster, redis
    MovingSlot.seen.clear()
    with WatchedClient(cluster.url, connect_seconds=5, answer_seconds=5) as client:
        MovingSlot.redis = client
        yield


def test_commands_in_an_open_slot_are_whole_or_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    use_clocked_scripts(monkeypatch)
    run_steps(MovingSlot, STEPS, VARIABLE)
    print(dict(MovingSlot.seen))
    assert MovingSlot.seen.keys() == {"whole", "refused", "completed", "cancelled"}


def test_model_finds_scripts_that_start_in_an_open_slot(monkeypatch: pytest.MonkeyPatch) -> None:
    """The scripts declare only a ring, so that they start where it is.

    Some fail at a key that is elsewhere. That alone is ignored, but some of these wrote before.
    """
    use_clocked_scripts(monkeypatch)
    monkeypatch.setattr(all_scripts, "_ABSENT", ":ring:applications")
    monkeypatch.setattr(MovingSlot, "expected_errors", (*MovingSlot.expected_errors, "ERR"))
    with pytest.raises(AssertionError, match="wrote something, and failed"):
        run_some_seeds(MovingSlot, 5 * STEPS, SEEDS)
    print(f"found after {MovingSlot.steps} steps")
