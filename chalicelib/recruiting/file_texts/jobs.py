"""Jobs that read the texts of files: their kind, function, ids and arguments.

All are stored in Redis, so they must stay readable for jobs of earlier versions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chalicelib.queue import NewJob
from chalicelib.queue.worker import FollowUp

if TYPE_CHECKING:
    from chalicelib.queue import ClaimedJob

KIND = "texts"
FUNCTION = "chalicelib.jobs.read_file_texts"


class ReadFileTexts(msgspec.Struct, frozen=True):
    """The arguments of a job that reads the files of an application that are not read yet."""

    candidate_id: str
    application_id: str


def texts_follow_up(
    job: ClaimedJob, candidate_id: str, application_id: str, revision: int = 1
) -> FollowUp:
    """Return the follow-up of a job that stored files with an application.

    Args:
        job: the job that stored them.
        candidate_id: the candidate.
        application_id: the application.
        revision: which revision of the application has the files; each has one job.
    """
    arguments = ReadFileTexts(candidate_id, application_id)
    texts_job = NewJob(
        id=f"file-texts-{application_id}-{revision}",
        function=FUNCTION,
        kwargs=msgspec.to_builtins(arguments),
        description="read the texts of the files of an application",
        correlation_id=job.correlation_id,
    )
    return FollowUp(KIND, candidate_id, texts_job)
