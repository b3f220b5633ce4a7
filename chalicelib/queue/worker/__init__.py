"""The part of the queue for worker functions: drain, handlers and their outcomes."""

from chalicelib.queue.errors import InvalidOutcomes, JobFailed, StoreUnavailable
from chalicelib.queue.models import Claim, ClaimedLane, DeduplicationRelease, SettleResult
from chalicelib.queue.worker.drain import DrainResult, drain
from chalicelib.queue.worker.leases import Leases
from chalicelib.queue.worker.outcomes import (
    Dead,
    Done,
    FollowUp,
    Outcome,
    Retry,
    Skip,
    read_arguments,
)
from chalicelib.queue.worker.protocols import ClaimTimes, Handler, Observer
from chalicelib.queue.worker.stock_worker import run_current_job

__all__ = [
    "Claim",
    "ClaimTimes",
    "ClaimedLane",
    "Dead",
    "DeduplicationRelease",
    "Done",
    "DrainResult",
    "FollowUp",
    "Handler",
    "InvalidOutcomes",
    "JobFailed",
    "Leases",
    "Observer",
    "Outcome",
    "Retry",
    "SettleResult",
    "Skip",
    "StoreUnavailable",
    "drain",
    "read_arguments",
    "run_current_job",
]
