"""The functions of a worker: one drain, and the sweep of every minute."""

from __future__ import annotations

import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.bootstrap.shard_sweep import ShardSweeper
from chalicelib.bootstrap.worker_recovery import CurrentHandler, RecoveryObserver
from chalicelib.common.observability import count, measure
from chalicelib.queue import REDIS_ERRORS
from chalicelib.queue.worker import Leases, drain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from chalicelib.bootstrap.container import Container
    from chalicelib.bootstrap.sweep_task import SweepTask
    from chalicelib.queue import Lanes, Shards
    from chalicelib.queue.worker import Handler

# Of a sweep. The other tasks end before, because no lane may wait for them.
LANES_SECONDS = 20.0


class Event(msgspec.Struct, frozen=True):
    """The event of a drain function (``chalicelib.queue.Wake``).

    Both fields may be absent, for an invocation by hand.
    """

    drain_id: str = ""
    shard: int = 0


class Worker:
    """The worker of one kind of lanes.

    A store may be unavailable because the settings of this process are wrong or old. So the worker
    reads them again after an error of a store, and takes lanes and handler from the container when
    it needs them.

    Args:
        container: the container of this process.
        kind: the kind of the lanes to drain.
        handler: returns the handler of the jobs.
        effect: the name under which done jobs are logged and counted.
        lanes: returns the lanes, if they are not those of the container.
        reserve: seconds kept for the last job and for the end of a drain; see ``drain``.
        tasks: what each sweep does before it looks at the lanes.
    """

    def __init__(
        self,
        container: Container,
        kind: str,
        handler: Callable[[], Handler],
        effect: str,
        *,
        lanes: Callable[[], Shards] | None = None,
        reserve: float = 10.0,
        tasks: Sequence[SweepTask] = (),
    ) -> None:
        self._container = container
        self._kind = kind
        self._lanes = lanes or partial(container.lanes, kind)
        self._tasks = tasks
        self._handler = CurrentHandler(handler)
        self._observer = RecoveryObserver(container, kind, effect)
        self._reserve = reserve

    def drain(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Drain one shard until it is empty or the time of this invocation ends."""
        wake = msgspec.convert(event, Event)
        with self._recovery():
            lanes = self._lanes()[wake.shard]
            return self._serve(lanes, wake.drain_id or lanes.new_drain().drain_id, context)

    def sweep(self, context: Any) -> list[dict[str, Any]]:
        """Do the tasks, wake drains for the jobs that failed wakes left behind, and reconcile.

        With one shard, the sweep serves it itself, which takes no second invocation. So it does
        with shards whose drains it cannot start, one after the other.
        """
        with self._recovery():
            return self._sweep(context)

    @contextmanager
    def _recovery(self) -> Iterator[None]:
        """Let the next invocation of this process have new settings, if this one fails."""
        try:
            yield
        except Exception as error:
            if isinstance(error, REDIS_ERRORS):
                # A process that never reached Redis has no drain that could report it.
                count("drain_interrupted", kind=self._kind)
            self._container.recovery.on_outage()
            raise

    def _sweep(self, context: Any) -> list[dict[str, Any]]:
        for task in self._tasks:
            if context.get_remaining_time_in_millis() < LANES_SECONDS * 1000:
                count("sweep_tasks_skipped")
                break
            task.perform(self._container.logger)
        shards = self._lanes()
        left = ShardSweeper(shards, self._container.waker, self._container.logger).run()
        return [self._serve(lanes, lanes.new_drain().drain_id, context) for lanes in left]

    def _serve(self, lanes: Lanes, drain_id: str, context: Any) -> dict[str, Any]:
        began = time.monotonic()
        drained = drain(
            Leases(lanes),
            self._handler,
            drain_id=drain_id,
            remaining=lambda: context.get_remaining_time_in_millis() / 1000,
            waker=self._container.waker,
            observer=self._observer,
            reserve=self._reserve,
        )
        if drained.applied:
            milliseconds = round((time.monotonic() - began) * 1000)
            measure({"drain_duration": (milliseconds,)}, kind=lanes.kind)
        self._container.logger.info(
            "drained", shard=lanes.shard, applied=drained.applied, claims=drained.claims
        )
        return {"applied": drained.applied, "unfinished": drained.unfinished}
