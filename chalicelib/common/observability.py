"""Structured logs and counts, the same in every function.

Logs are JSON lines with one correlation id from the HTTP answer's header through lane, worker and
mail. They hold identifiers, never names, addresses, bodies or tokens. Counts are CloudWatch's
embedded metric format, also log lines.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric

from chalicelib.queue.worker.outcomes import Dead, Done, Retry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.queue.admin.reconciler import Census
    from chalicelib.queue.rq.job import ClaimedJob
    from chalicelib.queue.worker.outcomes import Outcome

NAMESPACE = "Hirelane"


def make_logger(service: str) -> Logger:
    """The logger of a function: ``api``, ``applications`` or ``mail``."""
    return Logger(
        service=service,
        level=os.environ.get("HIRELANE_LOG_LEVEL", "INFO"),
        utc=True,
        use_rfc3339=True,
        log_uncaught_exceptions=False,
    )


def count(name: str, value: int = 1, **dimensions: str) -> None:
    """Count events (``accepted``, ``stored``, ``withdrawn``, ``mailed``), or things."""
    stage = os.environ.get("HIRELANE_STAGE", "unknown")
    with single_metric(
        name=name, unit=MetricUnit.Count, value=value, namespace=NAMESPACE
    ) as metric:
        metric.add_dimension("stage", stage)
        for dimension, text in dimensions.items():
            metric.add_dimension(dimension, text)


class LoggingObserver:
    """Logs and counts what a drain does. ``effect`` is what most done jobs count as."""

    def __init__(self, logger: Logger, kind: str, effect: str) -> None:
        self.logger = logger
        self.kind = kind
        self.effect = effect

    def settled(self, outcomes: Sequence[tuple[ClaimedJob, Outcome]]) -> None:
        """Logs each job with its own correlation id, and counts them together."""
        totals: Counter[str] = Counter()
        for job, outcome in outcomes:
            match outcome:
                case Done(effect=effect):
                    totals[effect or self.effect] += 1
                    self.logger.info(effect or self.effect, extra=_of(job))
                case Retry(_, delay):
                    totals["retried"] += 1
                    self.logger.warning(
                        "retried", delay_seconds=delay, attempts=job.attempts, extra=_of(job)
                    )
                case Dead():
                    totals["dead"] += 1
                    self.logger.error("dead", attempts=job.attempts, extra=_of(job))
        for name, total in totals.items():
            count(name, total, kind=self.kind)

    def failed(self, jobs: Sequence[ClaimedJob], error: Exception) -> None:
        """Logs why a whole batch goes back to its lanes."""
        self.logger.error(
            "batch failed", jobs=len(jobs), error=type(error).__name__, exc_info=error
        )

    def stale(self, lanes: Sequence[str]) -> None:
        """Logs lanes whose lease ran out while they were being served."""
        self.logger.warning("lease lost", lanes=list(lanes))

    def interrupted(self, error: Exception) -> None:
        """Logs that Redis did not answer; the drain tries again."""
        self.logger.warning("drain interrupted", error=type(error).__name__)


def report_census(logger: Logger, kind: str, shard: int, census: Census) -> None:
    """Logs and measures what the reconciler found: where the jobs are, what it had to mend."""
    found = msgspec.structs.asdict(census)
    log = logger.warning if census.mended else logger.info
    log("census", kind=kind, shard=shard, **found)
    for name in ("waiting", "leased", "delayed", "dead"):
        count(f"jobs_{name}", found[name], kind=kind, shard=str(shard))
    count("mended", census.mended, kind=kind, shard=str(shard))


def _of(job: ClaimedJob) -> dict[str, str]:
    return {"job_id": job.id, "lane": job.lane, "correlation_id": job.correlation_id}
