"""Exceptions of the queue.

::

    QueueError
    ├── JobNotAccepted               nothing was written
    │   ├── UnknownGate
    │   ├── GateClosed
    │   ├── GateChanged
    │   ├── IdempotencyKeyConflict
    │   ├── CredentialRevoked
    │   ├── IntakePaused
    │   ├── LaneFull
    │   ├── RateLimitExceeded
    │   └── GroupRateExceeded
    ├── UnreadableJob                the stored data of a job is not the JSON of RQ
    ├── InvalidOutcomes              a handler returned something that cannot be stored
    ├── StoreUnavailable             raised by handlers: a store they need is down
    └── JobFailed                    raised to a stock RQ worker

``REDIS_ERRORS`` has the exceptions of the Redis clients, ``OtherNumberOfShards`` among them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from redis.exceptions import RedisClusterException, RedisError, ResponseError

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.queue.limits import GroupRate
    from chalicelib.queue.models import Wake

# The cluster client raises RedisClusterException, which is not a RedisError.
REDIS_ERRORS = (RedisError, RedisClusterException)


class OtherNumberOfShards(ResponseError):
    """The queue has ``count`` shards, and not the number that this process assumes.

    The text is that of the scripts.
    """

    def __init__(self, count: int, assumed: int) -> None:
        super().__init__(f"SHARDS the queue has {count} shards, not {assumed}")
        self.count = count


class QueueError(Exception):
    """Base class of the queue's exceptions."""


class JobNotAccepted(QueueError):
    """The job was not accepted, and nothing was written."""


class UnknownGate(JobNotAccepted):
    """The gate of the job does not exist."""


class GateClosed(JobNotAccepted):
    """The gate of the job closed at ``closed_at``."""

    def __init__(self, closed_at: datetime) -> None:
        super().__init__(f"the gate closed at {closed_at.isoformat()}")
        self.closed_at = closed_at


class GateChanged(JobNotAccepted):
    """The subject of the gate has another version than that on which the job is based."""


class IdempotencyKeyConflict(JobNotAccepted):
    """The idempotency key was used before, for a different request."""


class CredentialRevoked(JobNotAccepted):
    """The credential of the request was revoked, or every credential of the owner."""


class IntakePaused(JobNotAccepted):
    """An operator paused the intake of new jobs at ``since``."""

    def __init__(self, since: datetime) -> None:
        super().__init__(f"the intake is paused since {since.isoformat()}")
        self.since = since


class LaneFull(JobNotAccepted):
    """The lane holds as many jobs as it may.

    ``wake`` is a drain to be woken, or None: the lane may be full because no drain runs.
    """

    def __init__(self, wake: Wake | None = None) -> None:
        super().__init__("the lane is full")
        self.wake = wake


class RateLimitExceeded(JobNotAccepted):
    """The lane accepted too many jobs in a rate's time; it accepts the next one at ``retry_at``."""

    def __init__(self, retry_at: datetime) -> None:
        super().__init__(f"the lane accepts the next job at {retry_at.isoformat()}")
        self.retry_at = retry_at


class GroupRateExceeded(JobNotAccepted):
    """The gates of a group accepted too many jobs of the lane.

    They accept the next one at ``retry_at``, if their ``rate`` stays the same.
    """

    def __init__(self, retry_at: datetime, rate: GroupRate) -> None:
        super().__init__(f"the group accepts the next job of the lane at {retry_at.isoformat()}")
        self.retry_at = retry_at
        self.rate = rate


class UnreadableJob(QueueError):
    """The data of a job is not JSON as RQ's JSONSerializer writes it (it may be a pickle)."""


class InvalidOutcomes(QueueError):
    """Some outcomes cannot be stored, so nothing was settled. ``errors`` maps job ids to causes."""

    def __init__(self, errors: dict[str, Exception]) -> None:
        super().__init__(f"the outcomes of {len(errors)} jobs cannot be stored")
        self.errors = errors


class StoreUnavailable(QueueError):
    """A store that the handler needs is down. The jobs are retried and keep their attempts."""


class JobFailed(QueueError):
    """The outcome of a job was a retry or a dead letter; a stock RQ worker records it."""
