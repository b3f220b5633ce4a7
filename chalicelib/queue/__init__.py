"""A queue of per-owner FIFO lanes on RQ's data in Redis. Start with README.md in this folder.

This package has the part for an API, ``chalicelib.queue.worker`` the part for a worker function,
and ``chalicelib.queue.admin`` the part for an operator.
"""

from chalicelib.queue.errors import (
    REDIS_ERRORS,
    CredentialRevoked,
    GateChanged,
    GateClosed,
    GroupRateExceeded,
    IdempotencyKeyConflict,
    IntakePaused,
    JobNotAccepted,
    LaneFull,
    QueueError,
    RateLimitExceeded,
    UnknownGate,
    UnreadableJob,
)
from chalicelib.queue.gates import Gates, GateState, StoredGate
from chalicelib.queue.lanes import Lanes
from chalicelib.queue.limits import GroupRate, Limits, Rate, Sender
from chalicelib.queue.models import (
    AcceptedJob,
    AcceptRequest,
    DeduplicationRelease,
    JobPosition,
    JobState,
    LaneContents,
    Wake,
    Waker,
)
from chalicelib.queue.rq.job import ClaimedJob, NewJob
from chalicelib.queue.shards import Shards

__all__ = [
    "REDIS_ERRORS",
    "AcceptRequest",
    "AcceptedJob",
    "ClaimedJob",
    "CredentialRevoked",
    "DeduplicationRelease",
    "GateChanged",
    "GateClosed",
    "GateState",
    "Gates",
    "GroupRate",
    "GroupRateExceeded",
    "IdempotencyKeyConflict",
    "IntakePaused",
    "JobNotAccepted",
    "JobPosition",
    "JobState",
    "LaneContents",
    "LaneFull",
    "Lanes",
    "Limits",
    "NewJob",
    "QueueError",
    "Rate",
    "RateLimitExceeded",
    "Sender",
    "Shards",
    "StoredGate",
    "UnknownGate",
    "UnreadableJob",
    "Wake",
    "Waker",
]
