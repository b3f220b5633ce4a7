"""Jobs of erasures, in the lanes of candidates: their function, ids and arguments.

All are stored in Redis, so they must stay readable for jobs of earlier versions.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from chalicelib.common.ids import id_after
from chalicelib.queue import UnreadableJob

if TYPE_CHECKING:
    from typing import Any

    from chalicelib.queue import ClaimedJob

ERASE = "chalicelib.jobs.erase_application"
_PREFIX = "erase-"


class Requester(StrEnum):
    """Who asked for an erasure: the candidate, the employer, or its rule of retention."""

    CANDIDATE = "candidate"
    EMPLOYER = "employer"
    RETENTION = "retention"


class Erasure(msgspec.Struct, frozen=True):
    """The arguments of a job that erases an application.

    Args:
        candidate_id: the candidate, who owns the lane.
        application_id: the application.
        posting_id: its posting.
        requested_by: who asked for it.
        version: erase the application only in this version; None for any.
    """

    candidate_id: str
    application_id: str
    posting_id: str
    requested_by: Requester
    version: int | None = None


def erasure_job_id(application_id: str) -> str:
    """Return the id of the job that erases an application.

    The id is derived, so that repeated erasures of one application are one job.
    """
    return f"{_PREFIX}{application_id}"


def erased_application_id(job_id: str) -> str | None:
    """Return the id of the application that an erasure job is for, or None for other jobs.

    Only for lists of a lane, as ``withdrawn_application_id``.
    """
    return id_after(_PREFIX, job_id)


def is_about(job: ClaimedJob, application_ids: set[str]) -> bool:
    """Return whether a job stores, changes or erases one of these applications, or tells of it.

    The ids are compared with those members of the arguments that hold ids, because a candidate can
    write the id of another application into a cover letter.
    """
    if job.id in application_ids:
        return True
    try:
        arguments = job.kwargs()
    except UnreadableJob:
        return False
    # The arguments of a job that sends an e-mail have its content below ``words``.
    content: Any = arguments.get("words")
    found = [arguments.get("application_id")]
    if isinstance(content, dict):
        found.append(content.get("application_id"))
    return any(isinstance(one, str) and one in application_ids for one in found)
