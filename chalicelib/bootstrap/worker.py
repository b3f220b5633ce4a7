"""What the functions of a worker have in common: one run of a drain, and the minute's sweep."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.bootstrap.drain_observer import LoggingObserver, log_reconcile_report
from chalicelib.common.observability import count
from chalicelib.queue.admin import Reconciler
from chalicelib.queue.worker import Leases, drain

if TYPE_CHECKING:
    from chalicelib.bootstrap.container import Container
    from chalicelib.queue import Lanes, Shards
    from chalicelib.queue.worker import Handler

RECONCILE_SECONDS = 2.0


class Event(msgspec.Struct, frozen=True):
    """The event of a drain function: the drain that is woken (chalicelib.queue.Wake).

    Both may be left out, for an invocation by hand.
    """

    drain_id: str = ""
    shard: int = 0


class Worker:
    """The worker of one kind of lanes. ``effect`` is what a done job is logged and counted as."""

    def __init__(self, container: Container, lanes: Shards, handler: Handler, effect: str) -> None:
        self._container = container
        self._lanes = lanes
        self._handler = handler
        self._observer = LoggingObserver(container.logger, lanes.kind, effect)

    def drain(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Serve one shard for as long as this invocation may last."""
        asked = msgspec.convert(event, Event)
        lanes = self._lanes[asked.shard]
        return self._serve(lanes, asked.drain_id or lanes.new_drain().drain_id, context)

    def sweep(self, context: Any) -> list[dict[str, Any]]:
        """See that all is in its place, and do what a failed wake or a killed drain left."""
        shards = list(self._lanes)
        # When there is not time for all of them, it is not always the same ones that wait.
        random.shuffle(shards)
        done = []
        for lanes in shards:
            self._reconcile(lanes)
            done.append(self._serve(lanes, lanes.new_drain().drain_id, context))
        return done

    def _reconcile(self, lanes: Lanes) -> None:
        """Go on with the pass of this shard. Whatever stops it, the shard is served all the same.

        What stops it may be a key that it cannot read: each minute the same one.
        """
        try:
            report = Reconciler(lanes).run(RECONCILE_SECONDS)
        except Exception as error:
            count("reconcile_failed", kind=lanes.kind, shard=str(lanes.shard))
            # Only the type: the text may hold what stands in a job.
            self._container.logger.error(
                "reconcile failed",
                kind=lanes.kind,
                shard=lanes.shard,
                error=type(error).__name__,
            )
            return
        if report:
            log_reconcile_report(self._container.logger, lanes.kind, lanes.shard, report)

    def _serve(self, lanes: Lanes, drain_id: str, context: Any) -> dict[str, Any]:
        drained = drain(
            Leases(lanes),
            self._handler,
            drain_id=drain_id,
            remaining=lambda: context.get_remaining_time_in_millis() / 1000,
            waker=self._container.waker,
            observer=self._observer,
        )
        self._container.logger.info(
            "drained", shard=lanes.shard, applied=drained.applied, claims=drained.claims
        )
        return {"applied": drained.applied, "unfinished": drained.unfinished}
