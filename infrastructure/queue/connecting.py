"""The Redis that the commands work on, and the workers that they wake."""

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import msgspec

from chalicelib.bootstrap.clients import connect_redis, lambda_client
from chalicelib.queue import REDIS_ERRORS, Lanes, Wake
from infrastructure.local.stack.endpoints import aws_environment
from infrastructure.local.stack.stack import Stack
from infrastructure.queue.errors import QueueError

ANSWER_SECONDS = 10.0


@contextmanager
def connected(options: argparse.Namespace) -> Iterator[Any]:
    """A client of the Redis of REDIS_URL, or else of the local stack's.

    Raises:
        QueueError: REDIS_URL is none.
        StackError: the local stack's does not run.
        redis.exceptions.RedisError: it cannot be reached.
        redis.exceptions.RedisClusterException: it cannot be reached, or is no cluster.
    """
    url = os.environ.get("REDIS_URL") or Stack(options.dir).endpoint("valkey")
    try:
        client = connect_redis(url, answer_seconds=ANSWER_SECONDS, cluster=options.cluster)
    except (ValueError, TypeError):
        # Without the library's own words, which may quote the password.
        raise QueueError(
            "REDIS_URL is not the address of a Redis, such as redis://127.0.0.1:6380/0."
        ) from None
    try:
        yield client
    finally:
        client.close()


def woken(lanes: Lanes, wake: Wake, options: argparse.Namespace) -> bool:
    """Invoke a drain. Should that fail, the schedule does its work within a minute."""
    try:
        if "AWS_ENDPOINT_URL" not in os.environ and options.stage == "local":
            os.environ |= aws_environment(Stack(options.dir).endpoint("localstack"))
        lambda_client(answer_seconds=5, attempts=1).invoke(
            FunctionName=f"hirelane-{wake.kind}-{options.stage}-drain",
            InvocationType="Event",
            Payload=msgspec.json.encode(wake),
        )
    except Exception:
        # Whatever it is (no server, no function, no region, a malformed address): the jobs are in
        # their lanes, and that is what was asked for. A drain that is not counted as running
        # any more leaves it to the next accept to wake one.
        with suppress(*REDIS_ERRORS):
            lanes.retire(wake.drain_id)
        return False
    return True
