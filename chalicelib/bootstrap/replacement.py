"""Replace a drain that was killed, crashed or timed out.

Lambda sends the record of a failed asynchronous invocation to the function that is configured as
its destination. Without it, if all drains of a kind die, their lanes would wait for the next accept
or for the schedule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.common.observability import count
from chalicelib.queue import Wake, admin

if TYPE_CHECKING:
    from chalicelib.bootstrap.container import Container

# A drain that always dies must not be replaced for ever; the schedule starts one every minute.
MAX_REPLACEMENTS = 20


class Failure(msgspec.Struct, frozen=True, rename="camel"):
    """The record of a failed invocation of a drain function."""

    request_payload: Wake


def replace_drain(container: Container, event: dict[str, Any]) -> dict[str, bool]:
    """Wake a drain in place of a failed one, if any lane has jobs.

    Args:
        container: the container of this process.
        event: the record of the failed invocation (``Failure``).

    Raises:
        redis.exceptions.RedisError, redis.exceptions.RedisClusterException: Redis cannot be
            reached. Nobody replaces the drain then.
    """
    failed = msgspec.convert(event, Failure).request_payload
    if failed.replacements >= MAX_REPLACEMENTS:
        return {"replaced": False}
    lanes = container.lanes(failed.kind)[failed.shard]
    wake = admin.replace_drain(lanes, failed.drain_id)
    if wake is None:
        return {"replaced": False}
    count("drain_replaced", kind=wake.kind)
    replacements = failed.replacements + 1
    container.waker.wake(msgspec.structs.replace(wake, replacements=replacements))
    return {"replaced": True}
