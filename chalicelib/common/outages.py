"""Errors of the stores, in words that may be shown to anybody."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from redis.exceptions import RedisClusterException, RedisError

if TYPE_CHECKING:
    from collections.abc import Mapping


class StoreOutage(Exception):
    """Another store cannot be reached. The message may be shown to anybody."""


# The cluster client raises RedisClusterException, which is not a RedisError.
_WITHOUT_MONGODB = (RedisError, RedisClusterException, StoreOutage)
UNREACHABLE = "cannot be reached"
_REDIS: Mapping[str, str] = {
    "ASK": "moves to another server of the cluster",
    "CLUSTERDOWN": "has lost a server of its cluster",
    "LOADING": "is reading its files after a restart",
    "MASTERDOWN": "is a replica without its primary",
    "MISCONF": "cannot write to its disk",
    "MOVED": "is another server of the cluster",
    "NOAUTH": "does not accept our password",
    "NOPERM": "does not allow the command",
    "NOREPLICAS": "has too few replicas to accept writes",
    "OOM": "is full",
    "READONLY": "is a replica and accepts no writes",
    "SHARDS": "has another number of shards",
    "TRYAGAIN": "moves to another server of the cluster",
    "WRONGPASS": "does not accept our password",
}
_MONGODB: Mapping[int, str] = {
    13: "does not allow the operation",
    18: "does not accept our password",
    391: "does not accept our password",
    12501: "is full",
    14031: "is full",
}
# MongoDB Atlas answers with one code for several causes.
_ATLAS_ERROR = 8000


def store_errors(*others: type[Exception]) -> tuple[type[Exception], ...]:
    """Return the classes of errors that a store causes, and others, for an ``except`` clause.

    Python calls it there only after an error was raised. A process without the client of MongoDB,
    which the API loads when a request needs it, cannot raise one of its errors.
    """
    mongodb = _mongodb_errors()
    errors = (*_WITHOUT_MONGODB, *others)
    return (*errors, mongodb.PyMongoError) if mongodb else errors


def _mongodb_errors() -> Any:
    """Return the module of the errors of MongoDB's client; None if the client is not loaded."""
    return sys.modules.get("pymongo.errors")


def redis_error_code(error: BaseException) -> str:
    """Return the first word of an error that Redis answered, such as ``READONLY``."""
    if code := getattr(error, "status_code", None):
        return str(code)
    # redis-py puts a prefix before the error of a command in a pipeline.
    return str(error).rpartition("caused error: ")[2].partition(" ")[0]


def explain_outage(error: BaseException) -> str:
    """Return a sentence for the caller, such as ``The queue is full``.

    Args:
        error: one of ``store_errors()``.
    """
    if isinstance(error, StoreOutage):
        return str(error)
    store = "queue" if isinstance(error, _WITHOUT_MONGODB) else "database"
    return f"The {store} {describe_outage(error)}."


def describe_outage(error: BaseException) -> str:
    """Return what is wrong with a store, such as ``is full``, without the text of the error.

    Args:
        error: an error of the client of Redis or MongoDB.
    """
    mongodb = _mongodb_errors()
    if mongodb and isinstance(error, mongodb.OperationFailure):
        code = error.code
        if code == _ATLAS_ERROR:
            return "is full" if "quota" in str(error) else "does not accept our password"
        return _MONGODB.get(code or 0, "refuses the operation")
    if "max number of clients" in str(error):
        return "has too many connections"
    return _REDIS.get(redis_error_code(error), UNREACHABLE)
