"""Replace a drain that is known to have died, for instance because its invocation failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.queue.scripts import REPLACE_DRAIN

if TYPE_CHECKING:
    from chalicelib.queue.lanes import Lanes
    from chalicelib.queue.models import Wake


def replace_drain(lanes: Lanes, drain_id: str) -> Wake | None:
    """Return a drain to be woken in place of one that died, or None if none is needed.

    Args:
        lanes: the lanes that the dead drain served.
        drain_id: the id of the dead drain.
    """
    wake = lanes.new_drain()
    arguments = (*lanes.drain_arguments(wake), drain_id)
    return wake if REPLACE_DRAIN.run(lanes.redis, lanes.ring, *lanes.scope, *arguments) else None
