"""The part of the queue for operators and schedules: counts, dead letters, logs, pauses, shards."""

from chalicelib.queue.admin.counts import QueueCounts, ShardState, read_counts, read_state
from chalicelib.queue.admin.dead_letters import DeadLetter, DeadLetters
from chalicelib.queue.admin.job_eraser import JobEraser
from chalicelib.queue.admin.logs import LogPart, Logs, RemovedJob
from chalicelib.queue.admin.pauses import Pause, Pauses
from chalicelib.queue.admin.reconciler import Reconciler, ReconcileReport
from chalicelib.queue.admin.replacement import replace_drain
from chalicelib.queue.admin.shard_count import ShardCount, ShardsInUse

__all__ = [
    "DeadLetter",
    "DeadLetters",
    "JobEraser",
    "LogPart",
    "Logs",
    "Pause",
    "Pauses",
    "QueueCounts",
    "ReconcileReport",
    "Reconciler",
    "RemovedJob",
    "ShardCount",
    "ShardState",
    "ShardsInUse",
    "read_counts",
    "read_state",
    "replace_drain",
]
