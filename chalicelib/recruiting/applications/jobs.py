"""Jobs in candidates' lanes: their functions, ids and arguments.

All three are stored in Redis, so they must stay readable for jobs of earlier versions.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from chalicelib.common.ids import id_after
from chalicelib.queue import UnreadableJob
from chalicelib.recruiting.applications.models import ApplicationContent, ApplicationDraft
from chalicelib.recruiting.files.models import AttachedFile

if TYPE_CHECKING:
    from chalicelib.queue import ClaimedJob

KIND = "applications"
STORE = "chalicelib.jobs.store_application"
WITHDRAW = "chalicelib.jobs.withdraw_application"
AMEND = "chalicelib.jobs.amend_application"

_WITHDRAWAL_PREFIX = "withdraw-"
_AMENDMENT_PREFIX = "amend-"
_DESCRIPTION_PREFIX = "store an application for posting "


class Application(msgspec.Struct, frozen=True):
    """The arguments of a job that stores an application. The id of the job is the application's.

    ``knock_outs`` are the ids of the questions with answers that the employer marked as knock-outs.
    ``files`` are those whose tokens the candidate sent; the draft of a job has no tokens.
    ``origin`` is a hash of the network address of the request; empty if that is unknown.
    """

    candidate_id: str
    posting_id: str
    draft: ApplicationDraft
    knock_outs: tuple[str, ...] = ()
    files: tuple[AttachedFile, ...] = ()
    origin: str = ""


class Withdrawal(msgspec.Struct, frozen=True):
    """The arguments of a job that withdraws an application.

    ``accepted_at`` is the time when the application was accepted, not the withdrawal.
    """

    candidate_id: str
    application_id: str
    posting_id: str
    accepted_at: datetime


class Amendment(msgspec.Struct, frozen=True):
    """The arguments of a job that replaces what a candidate sent with an application.

    ``knock_outs`` are those of ``Application``. ``files`` are added to those of the application.
    """

    candidate_id: str
    application_id: str
    posting_id: str
    draft: ApplicationContent
    knock_outs: tuple[str, ...] = ()
    files: tuple[AttachedFile, ...] = ()


def application_description(posting_id: str) -> str:
    """Return the description of the job that stores an application for a posting.

    Redis finds the jobs of a posting by it, without sending their content.
    """
    return f"{_DESCRIPTION_PREFIX}{posting_id}"


def described_posting_id(description: str) -> str | None:
    """Return the posting of the application that a job with this description stores, or None."""
    return id_after(_DESCRIPTION_PREFIX, description)


def withdrawal_job_id(application_id: str) -> str:
    """Return the id of the job that withdraws an application.

    The id is derived, so that repeated withdrawals of one application are one job.
    """
    return f"{_WITHDRAWAL_PREFIX}{application_id}"


def withdrawn_application_id(job_id: str) -> str | None:
    """Return the id of the application that a withdrawal job is for, or None for other jobs.

    Only for lists of a lane, which have ids alone: reading each job there would take another round
    trip. Everywhere else the function of a job says what it does.
    """
    return id_after(_WITHDRAWAL_PREFIX, job_id)


def amendment_job_id(application_id: str) -> str:
    """Return a new id for a job that amends an application."""
    return f"{_AMENDMENT_PREFIX}{application_id}-{secrets.token_hex(8)}"


def amended_application_id(job_id: str) -> str | None:
    """Return the id of the application that an amendment job is for, or None for other jobs.

    Only for lists of a lane, as ``withdrawn_application_id``.
    """
    return id_after(_AMENDMENT_PREFIX, job_id.rpartition("-")[0])


def confirmation_id(application_id: str) -> str:
    """Return the id of the confirmation of an application, in the mail ledger and the queue."""
    return f"application-confirmation-{application_id}"


def read_application(job: ClaimedJob) -> Application | None:
    """Return the application that a job stores, or None if the job does something else."""
    try:
        if job.function != STORE:
            return None
        return msgspec.convert(job.kwargs(), Application)
    except (UnreadableJob, msgspec.ValidationError):
        return None
