"""The parts of bulk operations."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.bootstrap.parts import DomainContainer

if TYPE_CHECKING:
    from chalicelib.recruiting.bulk.dispatcher import OperationDispatcher
    from chalicelib.recruiting.bulk.progress import OperationProgress
    from chalicelib.recruiting.bulk.repository import OperationRepository
    from chalicelib.recruiting.bulk.result_service import ResultService
    from chalicelib.recruiting.bulk.service import BulkService
    from chalicelib.recruiting.employers.access import MemberAccess

# How long one sweep may continue operations, before it queues due work and drains lanes.
SWEEP_SECONDS = 10.0


class BulkContainer(DomainContainer):
    """The API uses the services (``BulkServices``); the applications worker sweeps."""

    @property
    def member_access(self) -> MemberAccess:
        return self._container.employers.member_access

    @cached_property
    def operations(self) -> OperationRepository:
        from chalicelib.recruiting.bulk.repository import OperationRepository

        return OperationRepository(self._container.database)

    @cached_property
    def dispatcher(self) -> OperationDispatcher:
        from chalicelib.recruiting.bulk.dispatcher import OperationDispatcher

        container = self._container
        return OperationDispatcher(
            container.recruiting.applications,
            self.operations,
            container.recruiting.pipeline.pipelines,
            container.auth.accounts,
            container.recruiting.job_queue,
        )

    @cached_property
    def progress(self) -> OperationProgress:
        from chalicelib.recruiting.bulk.progress import OperationProgress

        container = self._container
        pipeline = container.recruiting.pipeline
        return OperationProgress(
            container.database,
            container.recruiting.applications,
            self.operations,
            pipeline.refusals,
            container.recruiting.lanes,
            container.notifications.ledger,
            pipeline.due,
        )

    @cached_property
    def bulk_service(self) -> BulkService:
        from chalicelib.recruiting.bulk.selection import SelectionReader
        from chalicelib.recruiting.bulk.service import BulkService

        container = self._container
        pipeline = container.recruiting.pipeline
        return BulkService(
            self.operations,
            SelectionReader(container.database, container.review.index),
            self.dispatcher,
            pipeline.applicants,
            pipeline.email_previewer,
            pipeline.rejection_planner,
            container.auth.accounts,
        )

    @cached_property
    def result_service(self) -> ResultService:
        from chalicelib.recruiting.bulk.result_service import ResultService

        container = self._container
        return ResultService(
            container.recruiting.applications,
            self.operations,
            self.dispatcher,
            self.progress,
            container.recruiting.pipeline.applicants,
            container.auth.accounts,
            container.notifications.ledger,
        )

    def sweep(self) -> int:
        """Continue the operations that are not finished. Return how many commands were sent."""
        from chalicelib.recruiting.bulk.sweeper import OperationSweeper

        sweeper = OperationSweeper(self.operations, self.dispatcher, self.progress)
        return sweeper.sweep(SWEEP_SECONDS)
