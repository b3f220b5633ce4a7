"""Per-owner FIFO lanes on RQ's data in Redis. Start with README.md in this folder."""

from chalicelib.queue.admin.dead_letters import DeadLetter, DeadLetters
from chalicelib.queue.admin.reconciler import Census, Reconciler
from chalicelib.queue.errors import REDIS_ERRORS
from chalicelib.queue.lanes import (
    Accepted,
    Claim,
    ClosedGate,
    KeyReused,
    LaneFull,
    Lanes,
    Look,
    NotAccepted,
    Place,
    RateExceeded,
    Request,
    Standing,
    UnknownGate,
    UnpackableOutcomes,
    Wake,
)
from chalicelib.queue.limits import Limits, Rate
from chalicelib.queue.rq.job import ClaimedJob, NewJob, UnreadableJob
from chalicelib.queue.shards import Shards
from chalicelib.queue.worker.drain import Drained, Handler, Observer, StoreUnavailable, drain
from chalicelib.queue.worker.outcomes import (
    Dead,
    Done,
    FollowUp,
    Outcome,
    Retry,
    Taken,
    read_arguments,
)

__all__ = [
    "REDIS_ERRORS",
    "Accepted",
    "Census",
    "Claim",
    "ClaimedJob",
    "ClosedGate",
    "Dead",
    "DeadLetter",
    "DeadLetters",
    "Done",
    "Drained",
    "FollowUp",
    "Handler",
    "KeyReused",
    "LaneFull",
    "Lanes",
    "Limits",
    "Look",
    "NewJob",
    "NotAccepted",
    "Observer",
    "Outcome",
    "Place",
    "Rate",
    "RateExceeded",
    "Reconciler",
    "Request",
    "Retry",
    "Shards",
    "Standing",
    "StoreUnavailable",
    "Taken",
    "UnknownGate",
    "UnpackableOutcomes",
    "UnreadableJob",
    "Wake",
    "drain",
    "read_arguments",
]
