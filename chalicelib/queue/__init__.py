"""Per-owner FIFO lanes on RQ's data in Redis. Start with README.md in this folder."""

from chalicelib.queue.drain import Drained, StoreUnavailable, drain
from chalicelib.queue.job import (
    ClaimedJob,
    Dead,
    Done,
    FollowUp,
    NewJob,
    Outcome,
    Retry,
    UnreadableJob,
    read_arguments,
)
from chalicelib.queue.lanes import (
    Accepted,
    Claim,
    ClosedGate,
    Lanes,
    Limits,
    NotAccepted,
    UnknownGate,
)

__all__ = [
    "Accepted",
    "Claim",
    "ClaimedJob",
    "ClosedGate",
    "Dead",
    "Done",
    "Drained",
    "FollowUp",
    "Lanes",
    "Limits",
    "NewJob",
    "NotAccepted",
    "Outcome",
    "Retry",
    "StoreUnavailable",
    "UnknownGate",
    "UnreadableJob",
    "drain",
    "read_arguments",
]
