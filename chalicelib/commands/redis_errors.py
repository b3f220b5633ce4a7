"""Redis errors in one sentence for the operator."""

from redis.exceptions import (
    AuthenticationError,
    MovedError,
    RedisClusterException,
    RedisError,
    ResponseError,
)
from redis.exceptions import TimeoutError as RedisTimeoutError

from chalicelib.commands.errors import CommandError
from chalicelib.commands.terminal import printable


class QueueError(CommandError):
    """A command of the queue failed; the message says why and what the operator can do."""


def describe(error: RedisError | RedisClusterException, answer_seconds: float, advice: str) -> str:
    """Return a sentence with the cause, and with the setting that the operator can check.

    Args:
        error: The error of the Redis client.
        answer_seconds: How long the client waits for an answer, in seconds.
        advice: What the operator can check.
    """
    if isinstance(error, RedisClusterException):
        if isinstance(error.__cause__, RedisError):
            return describe(error.__cause__, answer_seconds, advice)
        if "not enabled" in str(error):
            return "This Redis is a single server: leave out --cluster."
    if isinstance(error, MovedError):
        return "This Redis is a cluster: add --cluster."
    if isinstance(error, RedisTimeoutError) and "connecting" not in str(error):
        return f"Redis did not answer within {answer_seconds:g} s; {advice}."
    reason = printable(str(error)).rstrip(".")
    if isinstance(error, AuthenticationError):
        return f"Redis refused the login: {reason}; {advice}."
    if isinstance(error, ResponseError):
        return f"Redis refused a command: {reason}."
    return f"Redis cannot be reached: {reason}; {advice}."
