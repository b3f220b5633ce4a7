"""What an operator is told when a command cannot do its work."""

import os

from redis.exceptions import (
    AuthenticationError,
    MovedError,
    RedisClusterException,
    RedisError,
    ResponseError,
)
from redis.exceptions import TimeoutError as NoAnswer

from infrastructure.queue.terminal import printable


class QueueError(Exception):
    """A command cannot do what was asked; the message says why and what to do about it."""


def sentence(error: RedisError | RedisClusterException, answer_seconds: float) -> str:
    """What went wrong between us and Redis. ``answer_seconds`` is how long it was waited for."""
    if isinstance(error, RedisClusterException):
        if isinstance(error.__cause__, RedisError):
            return sentence(error.__cause__, answer_seconds)
        if "not enabled" in str(error):
            return "This Redis is a single server: leave out --cluster."
    if isinstance(error, MovedError):
        return "This Redis is a cluster: add --cluster."
    if isinstance(error, NoAnswer) and "connecting" not in str(error):
        return f"Redis did not answer within {answer_seconds:g} s{_whose()}."
    said = printable(str(error)).rstrip(".")
    if isinstance(error, AuthenticationError):
        return f"Redis does not let us in: {said}{_whose()}."
    if isinstance(error, ResponseError):
        return f"Redis refused a command: {said}."
    return f"Redis cannot be reached: {said}{_whose()}."


def _whose() -> str:
    return "; see to REDIS_URL" if os.environ.get("REDIS_URL") else "; see `make status`"
