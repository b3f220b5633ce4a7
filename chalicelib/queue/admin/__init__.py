"""The part of the queue for operators and schedules: dead letters and the reconciler."""

from chalicelib.queue.admin.dead_letters import DeadLetter, DeadLetters
from chalicelib.queue.admin.reconciler import Reconciler, ReconcileReport
from chalicelib.queue.admin.replacement import replace_drain

__all__ = ["DeadLetter", "DeadLetters", "ReconcileReport", "Reconciler", "replace_drain"]
