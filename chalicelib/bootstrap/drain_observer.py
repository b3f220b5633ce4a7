"""Log and count the work of drains."""

from __future__ import annotations

import os
import time
from collections import Counter, defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING

from chalicelib.common.observability import count, log_jobs, measure
from chalicelib.queue import UnreadableJob
from chalicelib.queue.worker import Dead, Done, Retry

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aws_lambda_powertools import Logger

    from chalicelib.queue import ClaimedJob
    from chalicelib.queue.worker import ClaimTimes, Outcome


# What the handler of a kind does with a job, if it does not store it.
_STEPS = {"mail": "send", "texts": "read"}


class LoggingObserver:
    """Logs and counts the work of a drain.

    Args:
        logger: the logger of the function.
        kind: the kind of the lanes, a dimension of the counts.
        effect: the name under which done jobs are logged and counted, unless an outcome has its
            own ``effect``.
    """

    def __init__(self, logger: Logger, kind: str, effect: str) -> None:
        self.logger = logger
        self.kind = kind
        self.effect = effect

    def on_settled(self, outcomes: Sequence[tuple[ClaimedJob, Outcome]], times: ClaimTimes) -> None:
        """Log each job with its own correlation id; count the jobs, and how long each took.

        Jobs of sampled traces get a segment each.
        """
        totals: Counter[str] = Counter()
        done: defaultdict[str, list[ClaimedJob]] = defaultdict(list)
        for job, outcome in outcomes:
            match outcome:
                case Done(effect=effect):
                    done[effect or self.effect].append(job)
                case Retry(_, delay):
                    totals["retried"] += 1
                    self.logger.warning(
                        "retried",
                        delay_seconds=delay,
                        attempts=job.attempts,
                        extra=_log_fields(job),
                    )
                case Dead():
                    totals["dead"] += 1
                    self.logger.error("dead", attempts=job.attempts, extra=_log_fields(job))
        for effect, jobs in done.items():
            totals[effect] = len(jobs)
            log_jobs(self.logger, effect, map(_log_fields, jobs))
        metrics: dict[str, Sequence[float]] = {name: (n,) for name, n in totals.items()}
        if latencies := _latencies(job for jobs in done.values() for job in jobs):
            metrics["job_latency"] = latencies
        if metrics:
            measure(metrics, kind=self.kind)
        traced = [(job, outcome) for job, outcome in outcomes if job.traceparent]
        if traced and "AWS_XRAY_DAEMON_ADDRESS" in os.environ:
            self._trace(traced, times)

    def _trace(self, outcomes: Sequence[tuple[ClaimedJob, Outcome]], times: ClaimTimes) -> None:
        # Most drains have no sampled job.
        from chalicelib.common.traces import send_segment

        step = _STEPS.get(self.kind, "store")
        for job, outcome in outcomes:
            send_segment(
                f"hirelane-{self.kind}",
                traceparent=job.traceparent,
                span_id=job.span_id,
                times=(times.began, times.settled),
                steps=(
                    ("claim", times.began, times.claimed),
                    (step, times.claimed, times.handled),
                    ("settle", times.handled, times.settled),
                ),
                annotations={
                    "job_id": job.id,
                    "correlation_id": job.correlation_id,
                    "outcome": type(outcome).__name__.lower(),
                    "attempts": job.attempts,
                },
                failure={Retry: "error", Dead: "fault"}.get(type(outcome), ""),
            )

    def on_handler_error(self, jobs: Sequence[ClaimedJob], error: Exception) -> None:
        """Log and count an error of the handler."""
        count("batch_failed", kind=self.kind)
        self.logger.error(
            "batch failed", jobs=len(jobs), error=type(error).__name__, exc_info=error
        )

    def on_lease_lost(self, lanes: Sequence[str]) -> None:
        """Log and count lanes whose leases expired while their jobs were handled."""
        count("lease_lost", len(lanes), kind=self.kind)
        self.logger.warning("lease lost", lanes=list(lanes))

    def on_redis_error(self, error: Exception) -> None:
        """Log and count that Redis failed; the drain tries again."""
        count("drain_interrupted", kind=self.kind)
        self.logger.warning("drain interrupted", error=type(error).__name__)


def _latencies(jobs: Iterable[ClaimedJob]) -> list[int]:
    """Return how long ago (ms) each job was accepted, without jobs that have no valid time."""
    now_ms = time.time() * 1000
    found = []
    for job in jobs:
        with suppress(UnreadableJob):
            # The clock of Redis may be ahead.
            found.append(max(0, round(now_ms - job.accepted_at.timestamp() * 1000)))
    return found


def _log_fields(job: ClaimedJob) -> dict[str, str]:
    return {"job_id": job.id, "lane": job.lane, "correlation_id": job.correlation_id}
