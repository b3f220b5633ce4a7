"""The clients of the queue's commands: Redis, and the Lambda functions that drain the lanes."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import msgspec

from chalicelib.bootstrap.clients import connect_redis, lambda_client
from chalicelib.queue import REDIS_ERRORS, Lanes, Wake
from infrastructure.cli.redis_errors import QueueError
from infrastructure.local.stack import Stack
from infrastructure.local.stack.endpoints import aws_environment

ANSWER_SECONDS = 10.0


@contextmanager
def connect(stack: Stack, *, cluster: bool) -> Iterator[Any]:
    """Connect to the Redis of REDIS_URL, or to that of the local stack.

    Raises:
        QueueError: REDIS_URL is not an address.
        StackError: The Redis of the local stack does not run.
        redis.exceptions.RedisError: The server cannot be reached.
        redis.exceptions.RedisClusterException: The cluster cannot be reached, or is not a cluster.
    """
    url = os.environ.get("REDIS_URL") or stack.endpoint("valkey")
    try:
        client = connect_redis(url, answer_seconds=ANSWER_SECONDS, cluster=cluster)
    except (ValueError, TypeError):
        # Do not repeat the library's message: it may contain the password.
        raise QueueError(
            "REDIS_URL is not the address of a Redis, such as redis://127.0.0.1:6380/0."
        ) from None
    try:
        yield client
    finally:
        client.close()


def wake_all(lanes: Lanes, wakes: Iterable[Wake], stack: Stack, stage: str) -> str:
    """Start drains, and return when the lanes are served: now, or within a minute."""
    # A list, so that one failed start does not prevent the others.
    woken = [wake(lanes, one, stack, stage) for one in wakes]
    return "now" if all(woken) else "within a minute"


def wake(lanes: Lanes, wake: Wake, stack: Stack, stage: str) -> bool:
    """Start a drain by an asynchronous invoke.

    Returns:
        Whether the drain was started. If not, the schedule drains the lanes within a minute.
    """
    try:
        if "AWS_ENDPOINT_URL" not in os.environ and stage == "local":
            os.environ |= aws_environment(stack.endpoint("localstack"))
        lambda_client(answer_seconds=5, attempts=1).invoke(
            FunctionName=f"hirelane-{wake.kind}-{stage}-drain",
            InvocationType="Event",
            Payload=msgspec.json.encode(wake),
        )
    except Exception:
        # Any failure (no server, no function, no region, a malformed address) is harmless here:
        # the jobs are in their lanes. Forget the drain, so that the next accept starts another.
        with suppress(*REDIS_ERRORS):
            lanes.retire(wake.drain_id)
        return False
    return True
