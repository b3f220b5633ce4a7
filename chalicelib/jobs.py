"""The functions that jobs name, for a stock ``rq worker``.

The worker functions do not call them: they hand many jobs at once to the same handlers.
"""

from __future__ import annotations

from typing import Any

from chalicelib.bootstrap.process import get_container
from chalicelib.queue.worker import run_current_job


def store_application(**application: Any) -> Any:
    """Store an application."""
    worker = get_container("applications")
    return run_current_job(worker.recruiting.job_handler, worker.lanes)


def withdraw_application(**withdrawal: Any) -> Any:
    """Withdraw an application."""
    worker = get_container("applications")
    return run_current_job(worker.recruiting.job_handler, worker.lanes)


def send_mail(**mail: Any) -> Any:
    """Send a mail."""
    worker = get_container("mail")
    return run_current_job(worker.notifications.job_handler, worker.lanes)
