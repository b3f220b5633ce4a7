"""Ask each server of Redis, because a command without a key is about one server only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from redis import Redis


def ask_servers(redis: Redis, command: str, *arguments: str) -> list[dict[str, Any]]:
    """Return the answer of the server, or of each primary of a cluster.

    Args:
        redis: the client.
        command: the name of a method of the client, such as ``info``.
        arguments: the arguments of the method.

    Raises:
        redis.exceptions.RedisError, redis.exceptions.RedisClusterException: a server cannot be
            reached, or refuses the command.
    """
    client: Any = redis
    call = getattr(client, command)
    if not hasattr(client, "get_primaries"):
        return [call(*arguments)]
    return [call(*arguments, target_nodes=primary) for primary in client.get_primaries()]
