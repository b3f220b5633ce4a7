"""The parts of erasure: erasing applications on request, and removing late writes."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.bootstrap.parts import DomainContainer
from chalicelib.common.observability import count

if TYPE_CHECKING:
    from collections.abc import Collection

    from chalicelib.bootstrap.retention import RetentionContainer
    from chalicelib.queue import ClaimedJob
    from chalicelib.recruiting.employers.access import MemberAccess
    from chalicelib.recruiting.erasure.application_eraser import ApplicationEraser
    from chalicelib.recruiting.erasure.emails import ErasureComposer
    from chalicelib.recruiting.erasure.hold_service import HoldService
    from chalicelib.recruiting.erasure.processor import ErasureProcessor
    from chalicelib.recruiting.erasure.retention_service import RetentionService
    from chalicelib.recruiting.erasure.service import ErasureService
    from chalicelib.recruiting.erasure.sweeper import ErasureSweeper


class ErasureContainer(DomainContainer):
    """The API uses the service; the applications worker uses the processor and the sweeper."""

    @property
    def member_access(self) -> MemberAccess:
        return self._container.employers.member_access

    @cached_property
    def retention(self) -> RetentionContainer:
        from chalicelib.bootstrap.retention import RetentionContainer

        return RetentionContainer(self._container)

    @cached_property
    def eraser(self) -> ApplicationEraser:
        from chalicelib.recruiting.erasure.application_eraser import ApplicationEraser

        container = self._container
        return ApplicationEraser(
            container.recruiting.applications,
            container.review.indexer,
            container.bulk.operations,
            self.retention.holds,
            container.equation.removed,
        )

    @cached_property
    def processor(self) -> ErasureProcessor:
        from chalicelib.recruiting.erasure.processor import ErasureProcessor

        recruiting = self._container.recruiting
        return ErasureProcessor(
            recruiting.applications,
            self.eraser,
            self._container.amendments.revisions,
            recruiting.pipeline.due,
            recruiting.guest_applications.guests,
            self.retention.holds,
            self._erase_jobs,
            self._erase_files,
        )

    @cached_property
    def sweeper(self) -> ErasureSweeper:
        from chalicelib.recruiting.erasure.sweeper import ErasureSweeper

        recruiting = self._container.recruiting
        return ErasureSweeper(
            recruiting.pipeline.sweep_progress,
            recruiting.applications,
            self.eraser,
            self._container.amendments.revisions,
            self._container.equation.removed,
        )

    @cached_property
    def service(self) -> ErasureService:
        from chalicelib.recruiting.erasure.service import ErasureService

        auth, recruiting = self._container.auth, self._container.recruiting
        return ErasureService(
            recruiting.job_queue,
            recruiting.lanes,
            recruiting.applications,
            recruiting.withdrawal_service,
            recruiting.pipeline.applicants,
            auth.audit_log,
            auth.read_limits()["command.account"],
            self.hold_service.check,
        )

    @property
    def hold_service(self) -> HoldService:
        return self.retention.hold_service

    @property
    def retention_service(self) -> RetentionService:
        return self.retention.service

    @cached_property
    def composer(self) -> ErasureComposer:
        from chalicelib.recruiting.erasure.emails import ErasureComposer

        container = self._container
        return ErasureComposer(container.auth.accounts, container.recruiting.pipeline.pipelines)

    def _erase_jobs(self, candidate_id: str, application_ids: Collection[str]) -> None:
        """Delete the jobs about applications, except those that wait to be settled as not done.

        E-mails do not wait for that, and an application that was redriven must not come back.
        """
        from chalicelib.queue.admin import JobEraser
        from chalicelib.recruiting.erasure.jobs import is_about

        ids = {*application_ids}

        def is_erased(job: ClaimedJob, waits: bool) -> bool:
            return job.id in ids if waits else is_about(job, ids)

        applications = self._container.recruiting.lanes.of(candidate_id)
        JobEraser(applications).erase(candidate_id, is_erased)
        for lanes in (self._container.notifications.lanes, self._container.file_texts.lanes):
            eraser = JobEraser(lanes.of(candidate_id))
            eraser.erase(candidate_id, lambda job, waits: is_about(job, ids))

    def _erase_files(self, candidate_id: str, file_ids: Collection[str]) -> None:
        """Delete files. Those that are left, the sweep of files deletes."""
        from chalicelib.recruiting.files.errors import FilesUnavailable

        with suppress(FilesUnavailable):
            count("erased_files", self._container.files.sweeper.erase(candidate_id, file_ids))
