"""Calls of plain commands about the lane of one owner, in the shard where the caller expects it.

Scripts check the number of shards themselves (accept.lua, check_shards.lua).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.queue.errors import OtherNumberOfShards

if TYPE_CHECKING:
    from chalicelib.queue.lanes import Lanes


def execute_for_owner(lanes: Lanes, pipe: Any) -> list[Any]:
    """Execute a pipeline, and check the number of shards in the same round trip.

    Args:
        lanes: the lanes of the owner's shard.
        pipe: the pipeline.

    Raises:
        OtherNumberOfShards: the lane of the owner may be in another shard. The commands were
            executed in this one.
    """
    pipe.hget(lanes.keys.shard(), "shards")
    answers: list[Any] = pipe.execute()
    stored = answers.pop()
    if stored and lanes.shards is not None and int(stored) != lanes.shards:
        raise OtherNumberOfShards(int(stored), lanes.shards)
    return answers
