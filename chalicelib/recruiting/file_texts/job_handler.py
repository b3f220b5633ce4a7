"""Handles jobs that read the texts of files."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from chalicelib.common.mongo import MONGODB_ERRORS, is_outage
from chalicelib.common.observability import count
from chalicelib.queue.worker import Dead, Done, Retry, Skip, StoreUnavailable, read_arguments
from chalicelib.recruiting.file_texts.function import FunctionUnavailable, ReadFailure
from chalicelib.recruiting.file_texts.jobs import ReadFileTexts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.queue import ClaimedJob
    from chalicelib.queue.worker import Outcome
    from chalicelib.recruiting.file_texts.function import TextFunction
    from chalicelib.recruiting.file_texts.repository import FileTextRepository


class FileTextJobHandler:
    """Reads the files of applications, one after the other, and stores their texts.

    A file that was read is not read again, so handling a job again changes nothing. A file that
    makes the function fail holds back no other file of its application. After the last attempt it
    is refused, and the job is dead-lettered.

    Args:
        texts: where the texts are stored.
        function: reads a file.
        max_attempts: after how many attempts a file is refused.
    """

    def __init__(
        self, texts: FileTextRepository, function: TextFunction, max_attempts: int
    ) -> None:
        self._texts = texts
        self._function = function
        self._max_attempts = max_attempts

    def handle(self, jobs: Sequence[ClaimedJob], deadline: float = math.inf, /) -> list[Outcome]:
        """Read the files of these jobs.

        Raises:
            StoreUnavailable: MongoDB does not work, or the function cannot be invoked.
            RuntimeError: MongoDB refused a document.
        """
        arguments, outcomes = read_arguments(jobs, ReadFileTexts)
        try:
            for job in jobs:
                if job.id not in arguments:
                    continue
                if time.monotonic() > deadline:
                    outcomes[job.id] = Skip()
                else:
                    outcomes[job.id] = self._read(job, arguments[job.id])
        except MONGODB_ERRORS as error:
            # Not the text of the error, because it may hold what candidates wrote.
            reason = f"MongoDB: {type(error).__name__}"
            if is_outage(error):
                raise StoreUnavailable(reason) from None
            raise RuntimeError(reason) from None
        except FunctionUnavailable as error:
            raise StoreUnavailable(f"function of files: {error}") from error
        return [outcomes[job.id] for job in jobs]

    def _read(self, job: ClaimedJob, wanted: ReadFileTexts) -> Outcome:
        own = wanted.candidate_id, wanted.application_id
        is_last = job.attempts + 1 >= self._max_attempts
        failure = ""
        for file in self._texts.find_unread(*own):
            try:
                extraction = self._function.read(wanted.candidate_id, file)
            except ReadFailure as error:
                failure = str(error)
                if is_last:
                    self._texts.save_failure(*own, file.id)
                continue
            self._texts.save(*own, file.id, extraction)
            if extraction.refused:
                count("text_refused", reason=extraction.refused)
        if failure:
            return Dead(failure) if is_last else Retry(failure)
        return Done()
