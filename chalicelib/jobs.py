"""The functions that jobs name, for RQ's own worker (``rq worker``).

The Lambda workers do not call them: they pass many jobs at once to the same handlers. The dotted
names are stored in Redis, so never move or rename a function without a migration.
"""

from __future__ import annotations

from typing import Any

from chalicelib.bootstrap.process import get_container
from chalicelib.queue.worker import run_current_job


def store_application(**application: Any) -> Any:
    """Store an application."""
    return _handle_application_job()


def withdraw_application(**withdrawal: Any) -> Any:
    """Withdraw an application."""
    return _handle_application_job()


def amend_application(**amendment: Any) -> Any:
    """Replace what a candidate sent with an application."""
    return _handle_application_job()


def erase_application(**erasure: Any) -> Any:
    """Erase an application."""
    return _handle_application_job()


def move_application(**command: Any) -> Any:
    """Move an application to another stage."""
    return _handle_application_job()


def reject_application(**command: Any) -> Any:
    """Reject an application."""
    return _handle_application_job()


def reinstate_application(**command: Any) -> Any:
    """Reinstate an application that was rejected or hired."""
    return _handle_application_job()


def hire_application(**command: Any) -> Any:
    """Record that the candidate of an application was hired."""
    return _handle_application_job()


def propose_hire(**command: Any) -> Any:
    """Record that a member proposes to hire the candidate of an application."""
    return _handle_application_job()


def send_mail(**mail: Any) -> Any:
    """Send an e-mail."""
    worker = get_container("mail")
    return run_current_job(worker.notifications.job_handler, worker.lanes)


def read_file_texts(**application: Any) -> Any:
    """Read the texts of the files of an application."""
    worker = get_container("applications")
    return run_current_job(worker.file_texts.job_handler, worker.lanes)


def _handle_application_job() -> Any:
    """Handle the job that RQ's worker runs, which is one of an applications lane."""
    worker = get_container("applications")
    return run_current_job(worker.recruiting.job_handler, worker.lanes)
