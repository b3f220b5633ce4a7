"""When the client of one Redis server leaves its connection and repeats a call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as ConnectionFailure
from redis.exceptions import ResponseError
from redis.retry import Retry

from chalicelib.common.outages import redis_error_code

if TYPE_CHECKING:
    from collections.abc import Callable

# The first words of errors by which a server refuses every write, whatever the command is. After a
# failover, the name of the server leads to another one, but an open connection does not. Nothing
# was written, so the call can be repeated.
WRONG_SERVER = frozenset(
    (
        "ASK",  # the server is a node of a cluster, as with MOVED
        "CLUSTERDOWN",
        "LOADING",  # it reads its files after a restart
        "MASTERDOWN",  # it is a replica without its primary
        "MISCONF",  # it cannot write to its disk
        "MOVED",
        "NOREPLICAS",  # it is a primary whose replicas are out of reach
        "READONLY",  # it is a replica
        "TRYAGAIN",
        "UNBLOCKED",  # it became a replica during the call
    )
)


class FailoverRetry(Retry):
    """Repeats a call once, on a new connection, if the connection or the server was the wrong one.

    redis-py by itself keeps a connection to a server that became a replica, and gets READONLY for
    ever. A call that timed out is not repeated, because the caller has waited long enough.
    """

    def __init__(self) -> None:
        super().__init__(NoBackoff(), 1, supported_errors=(ConnectionFailure, ResponseError))

    def call_with_retry[T](
        self,
        do: Callable[[], T],
        fail: Callable[[Exception], object] | Callable[[Exception, int], object],
        is_retryable: Callable[[Exception], bool] | None = None,
        with_failure_count: bool = False,
    ) -> T:
        """Call ``do``. ``fail`` closes the connection before the call is repeated or given up."""
        return super().call_with_retry(
            do, fail, is_retryable or _needs_connection, with_failure_count
        )


def _needs_connection(error: Exception) -> bool:
    return isinstance(error, ConnectionFailure) or redis_error_code(error) in WRONG_SERVER
