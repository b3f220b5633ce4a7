"""Log and count the work of drains and of the reconciler."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from chalicelib.common.observability import count
from chalicelib.queue.worker import Dead, Done, Retry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_lambda_powertools import Logger

    from chalicelib.queue import ClaimedJob
    from chalicelib.queue.admin import ReconcileReport
    from chalicelib.queue.worker import Outcome


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

    def on_settled(self, outcomes: Sequence[tuple[ClaimedJob, Outcome]]) -> None:
        """Log each job with its own correlation id, and count the jobs by outcome."""
        totals: Counter[str] = Counter()
        for job, outcome in outcomes:
            match outcome:
                case Done(effect=effect):
                    totals[effect or self.effect] += 1
                    self.logger.info(effect or self.effect, extra=_log_fields(job))
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
        for name, total in totals.items():
            count(name, total, kind=self.kind)

    def on_handler_error(self, jobs: Sequence[ClaimedJob], error: Exception) -> None:
        """Log an error of the handler."""
        self.logger.error(
            "batch failed", jobs=len(jobs), error=type(error).__name__, exc_info=error
        )

    def on_lease_lost(self, lanes: Sequence[str]) -> None:
        """Log lanes whose leases expired while their jobs were handled."""
        self.logger.warning("lease lost", lanes=list(lanes))

    def on_redis_error(self, error: Exception) -> None:
        """Log that Redis failed; the drain tries again."""
        self.logger.warning("drain interrupted", error=type(error).__name__)


def log_reconcile_report(logger: Logger, kind: str, shard: int, report: ReconcileReport) -> None:
    """Log and count the jobs by location, and the repairs of the reconciler."""
    found = msgspec.structs.asdict(report)
    log = logger.warning if report.repaired else logger.info
    log("reconciled", kind=kind, shard=shard, **found)
    for name in ("waiting", "leased", "delayed", "dead"):
        count(f"jobs_{name}", found[name], kind=kind, shard=str(shard))
    count("repaired", report.repaired, kind=kind, shard=str(shard))


def _log_fields(job: ClaimedJob) -> dict[str, str]:
    return {"job_id": job.id, "lane": job.lane, "correlation_id": job.correlation_id}
