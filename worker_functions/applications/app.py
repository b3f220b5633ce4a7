"""The applications worker: drains the lanes of candidates into MongoDB. Entry points only.

It also drains the lanes of texts: for each it invokes the function of files and waits.
"""

from typing import Any

from chalice import Chalice, Rate
from chalice.app import CloudWatchEvent

from chalicelib.bootstrap.file_texts import RESERVE_SECONDS
from chalicelib.bootstrap.preload import preload
from chalicelib.bootstrap.process import get_container
from chalicelib.bootstrap.replacement import replace_drain
from chalicelib.bootstrap.store_metrics import measure_store
from chalicelib.bootstrap.sweep_task import SweepTask
from chalicelib.bootstrap.worker import Worker

app = Chalice(app_name="hirelane-applications", configure_logs=False)
preload("applications")


def worker() -> Worker:
    """Return the worker of this process."""
    parts = get_container("applications")
    return Worker(
        parts,
        "applications",
        lambda: parts.recruiting.job_handler,
        "stored",
        tasks=(
            SweepTask(lambda: measure_store(parts.redis), repaired="", failed="store_not_measured"),
            SweepTask(
                lambda: parts.privacy.candidate_data.remove_orphans(),
                repaired="orphans_removed",
                failed="orphan_sweep_failed",
            ),
            SweepTask(
                lambda: parts.erasure.sweeper.sweep(),
                repaired="erased_again",
                failed="erasure_sweep_failed",
            ),
            SweepTask(
                lambda: parts.postings.gate_reconciler.run().repaired,
                repaired="gates_repaired",
                failed="gate_sweep_failed",
            ),
            SweepTask(
                lambda: parts.postings.name_writer.sweep(),
                repaired="employer_names_written",
                failed="employer_name_sweep_failed",
                is_regular=True,
            ),
            SweepTask(
                lambda: parts.interviewers.departure_handler.sweep(),
                repaired="assignments_ended",
                failed="departure_sweep_failed",
                is_regular=True,
            ),
            SweepTask(
                lambda: parts.files.sweeper.sweep(),
                repaired="files_deleted",
                failed="file_sweep_failed",
                is_regular=True,
            ),
            SweepTask(
                lambda: parts.erasure.retention.sweep(),
                repaired="retention_erasures_sent",
                failed="retention_sweep_failed",
                is_regular=True,
            ),
            # Before due work, because it cancels e-mails that are due.
            SweepTask(
                lambda: parts.bulk.sweep(),
                repaired="bulk_commands_sent",
                failed="bulk_sweep_failed",
                is_regular=True,
            ),
            SweepTask(
                lambda: parts.review.sweep_index(),
                repaired="applicants_indexed",
                failed="applicant_index_sweep_failed",
                is_regular=True,
            ),
            SweepTask(
                lambda: parts.bursts.sweeper.sweep(),
                repaired="bursts_flagged",
                failed="burst_sweep_failed",
                is_regular=True,
            ),
            SweepTask(
                lambda: parts.recruiting.pipeline.sweep_due(),
                repaired="due_queued",
                failed="due_sweep_failed",
                is_regular=True,
            ),
            SweepTask(
                lambda: parts.equation.sweep(),
                repaired="equation_unbalanced",
                failed="equation_sweep_failed",
            ),
        ),
    )


def texts_worker() -> Worker:
    """Return the worker of this process that reads the texts of files."""
    parts = get_container("applications")
    return Worker(
        parts,
        "texts",
        lambda: parts.file_texts.job_handler,
        "texts_read",
        reserve=RESERVE_SECONDS,
    )


@app.lambda_function(name="drain")
def drain(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Drain one shard of one kind. The API and other drains invoke this function."""
    woken = texts_worker() if event.get("kind") == "texts" else worker()
    return woken.drain(event, context)


@app.lambda_function(name="replacement")
def replace(event: dict[str, Any], context: Any) -> dict[str, bool]:
    """Replace a drain that failed. Lambda invokes this function with the failed invocation."""
    return replace_drain(get_container("applications"), event)


@app.schedule(Rate(1, unit=Rate.MINUTES), name="sweep")
def sweep(event: CloudWatchEvent) -> list[dict[str, Any]]:
    """Repair and check what is stored, queue due work, reconcile shards, drain; once a minute."""
    return [*worker().sweep(event.context), *texts_worker().sweep(event.context)]
