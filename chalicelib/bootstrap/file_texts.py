"""The parts of file texts: the lanes, the function that reads files, and the texts."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.bootstrap.clients import lambda_client
from chalicelib.bootstrap.parts import DomainContainer
from chalicelib.common.observability import current_traceparent
from chalicelib.queue import Limits, Shards

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

    from chalicelib.recruiting.employers.access import MemberAccess
    from chalicelib.recruiting.file_texts.function import TextFunction
    from chalicelib.recruiting.file_texts.job_handler import FileTextJobHandler
    from chalicelib.recruiting.file_texts.repository import FileTextRepository
    from chalicelib.recruiting.file_texts.service import FileTextService

# The function may run for 30 seconds (worker_functions/files), after a cold start.
ANSWER_SECONDS = 35.0
# For the last file of a drain, and for settling.
RESERVE_SECONDS = 40.0
MAX_ATTEMPTS = 3


class FileTextsContainer(DomainContainer):
    """The API uses the service (``FileTextServices``); the applications worker the job handler."""

    @cached_property
    def lanes(self) -> Shards:
        environment = self._container.settings.environment
        # Claims are small, because a file takes long and the drains share the ready lanes.
        limits = Limits(
            batch_size=5,
            jobs_per_lane=2,
            max_attempts=MAX_ATTEMPTS,
            lanes_per_drain=3,
            max_drains=environment.drains,
            result_ttl=environment.result_ttl,
            dead_letter_ttl=environment.personal_dead_letter_ttl,
        )
        return Shards(
            self._container.redis,
            "texts",
            count=environment.shards,
            limits=limits,
            trace_context=current_traceparent,
        )

    @cached_property
    def lambda_client(self) -> LambdaClient:
        return lambda_client(answer_seconds=ANSWER_SECONDS, attempts=1)

    @cached_property
    def member_access(self) -> MemberAccess:
        return self._container.employers.member_access

    @cached_property
    def texts(self) -> FileTextRepository:
        from chalicelib.recruiting.file_texts.repository import FileTextRepository

        return FileTextRepository(self._container.database)

    @cached_property
    def function(self) -> TextFunction:
        from chalicelib.recruiting.file_texts.function import TextFunction

        name = self._container.settings.environment.files_text
        return TextFunction(lambda: self.lambda_client, name)

    @cached_property
    def job_handler(self) -> FileTextJobHandler:
        from chalicelib.recruiting.file_texts.job_handler import FileTextJobHandler

        return FileTextJobHandler(self.texts, self.function, MAX_ATTEMPTS)

    @cached_property
    def service(self) -> FileTextService:
        from chalicelib.recruiting.file_texts.service import FileTextService

        return FileTextService(self.texts, self._container.recruiting.pipeline.applicants)
