"""Execute a command of Redis with less work than redis-py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import hiredis

if TYPE_CHECKING:
    from redis import Redis
    from redis.cluster import RedisCluster


def execute(client: Redis | RedisCluster, *command: bytes | str | float) -> Any:
    """Execute a command and return its answer, as ``client.execute_command`` does.

    redis-py inspects and times each command, which costs more than to send it. A client with a
    single connection needs only its lock and its retries; any other client is asked to do it.

    Args:
        client: the client.
        command: the name of the command and its arguments.

    Raises:
        redis.exceptions.RedisError: what redis-py would raise.
    """
    connection: Any = getattr(client, "connection", None)
    if connection is None:
        return client.execute_command(*command)  # type: ignore[no-untyped-call]
    # hiredis's annotation allows one argument only.
    arguments: Any = command
    packed = hiredis.pack_command(arguments)

    def send_and_read() -> Any:
        connection.send_packed_command([packed])
        return connection.read_response()

    def leave_connection(error: Exception) -> None:
        connection.disconnect()

    single: Any = client
    with single.single_connection_lock:
        return connection.retry.call_with_retry(send_and_read, leave_connection)
