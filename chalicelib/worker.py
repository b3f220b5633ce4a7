"""What the functions of a worker have in common: one run of a drain."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from chalicelib.observability import LoggingObserver
from chalicelib.queue import drain

if TYPE_CHECKING:
    from chalicelib.composition import Services
    from chalicelib.queue import Lanes
    from chalicelib.queue.drain import Handler


def run_drain(
    services: Services,
    lanes: Lanes,
    handler: Handler,
    *,
    effect: str,
    event: dict[str, Any],
    context: Any,
) -> dict[str, Any]:
    """Drain lanes for as long as this invocation may last, then hand over if work is left.

    Args:
        services: the parts of this process.
        lanes: the lanes to serve.
        handler: what to do with their jobs.
        effect: what a done job is logged and counted as.
        event: holds the ``drain_id`` under which the drain was asked for, if it was.
        context: the Lambda context, for the time that remains.
    """
    drain_id = str(event.get("drain_id") or secrets.token_hex(8))
    drained = drain(
        lanes,
        handler,
        drain_id=drain_id,
        remaining=lambda: context.get_remaining_time_in_millis() / 1000,
        wake=services.wake,
        observer=LoggingObserver(services.logger, lanes.kind, effect),
    )
    if drained.unfinished:
        # Off the list first: should the successor not start, the next accept wakes another.
        lanes.retire(drain_id)
        services.wake(lanes.kind, secrets.token_hex(8))
    services.logger.info("drained", applied=drained.applied, claims=drained.claims)
    return {"applied": drained.applied, "unfinished": drained.unfinished}
