"""The parts of recruiting: postings and applications."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.bootstrap.parts import DomainContainer
from chalicelib.common.observability import current_traceparent
from chalicelib.queue import Limits, Rate, Shards

if TYPE_CHECKING:
    from chalicelib.bootstrap.guest_applications import GuestApplicationsContainer
    from chalicelib.bootstrap.pipeline import PipelineContainer
    from chalicelib.recruiting.applications.apply_service import ApplyService
    from chalicelib.recruiting.applications.candidate_lane import CandidateLanes
    from chalicelib.recruiting.applications.job_handler import ApplicationJobHandler
    from chalicelib.recruiting.applications.job_queue import ApplicationJobQueue
    from chalicelib.recruiting.applications.repository import ApplicationRepository
    from chalicelib.recruiting.applications.status_service import ApplicationStatusService
    from chalicelib.recruiting.applications.withdrawal_service import WithdrawalService
    from chalicelib.recruiting.bursts.origins import OriginHasher
    from chalicelib.recruiting.employers.access import MemberAccess
    from chalicelib.recruiting.postings.catalogue import PostingCatalogue
    from chalicelib.recruiting.postings.repository import PostingRepository
    from chalicelib.recruiting.postings.search import PostingSearch


class RecruitingContainer(DomainContainer):
    """The API uses the services, the worker the job handler. Each part imports its own module."""

    @cached_property
    def lanes(self) -> Shards:
        environment = self._container.settings.environment
        return Shards(
            self._container.redis,
            "applications",
            count=environment.shards,
            limits=Limits(
                rates=self.read_rates(),
                max_drains=environment.drains,
                result_ttl=environment.result_ttl,
                dead_letter_ttl=environment.dead_letter_ttl,
            ),
            followed_by=("mail", "texts"),
            trace_context=current_traceparent,
        )

    def read_rates(self) -> tuple[Rate, ...]:
        """Return how often a candidate may apply; raise ValueError if the setting is invalid."""
        return tuple(map(Rate.parse, self._container.settings.environment.apply_limits.split(",")))

    @cached_property
    def member_access(self) -> MemberAccess:
        return self._container.employers.member_access

    @cached_property
    def postings(self) -> PostingRepository:
        from chalicelib.recruiting.postings.repository import PostingRepository

        restore_log = self._container.equation.restore_log
        return PostingRepository(self._container.database, self.lanes, restore_log)

    @cached_property
    def posting_search(self) -> PostingSearch:
        from chalicelib.recruiting.postings.search import PostingSearch

        return PostingSearch(self.catalogue)

    @cached_property
    def catalogue(self) -> PostingCatalogue:
        from chalicelib.recruiting.postings.catalogue import PostingCatalogue
        from chalicelib.recruiting.postings.catalogue_repository import CatalogueRepository

        repository, postings = CatalogueRepository(self._container.database), self.postings
        return PostingCatalogue(repository, postings.build_catalogue, postings.get)

    @cached_property
    def applications(self) -> ApplicationRepository:
        from chalicelib.recruiting.applications.repository import ApplicationRepository

        return ApplicationRepository(self._container.database)

    @cached_property
    def job_queue(self) -> ApplicationJobQueue:
        from chalicelib.recruiting.applications.job_queue import ApplicationJobQueue

        return ApplicationJobQueue(self.lanes, self._container.waker)

    @cached_property
    def candidate_lanes(self) -> CandidateLanes:
        from chalicelib.recruiting.applications.candidate_lane import CandidateLanes

        return CandidateLanes(self.lanes, self._container.waker)

    @cached_property
    def apply_service(self) -> ApplyService:
        from chalicelib.recruiting.applications.apply_service import ApplyService

        receipts, tokens = self._container.proofs.receipts, self._container.files.tokens
        rules = self._container.forms.apply_rules
        return ApplyService(self.job_queue, lambda: self.postings, receipts, rules, tokens)

    @cached_property
    def origins(self) -> OriginHasher:
        return self._container.bursts.hasher

    @cached_property
    def withdrawal_service(self) -> WithdrawalService:
        from chalicelib.recruiting.applications.withdrawal_service import WithdrawalService

        return WithdrawalService(self.job_queue, self.lanes, self.applications)

    @cached_property
    def status_service(self) -> ApplicationStatusService:
        from chalicelib.recruiting.applications.status_service import ApplicationStatusService

        lanes, ledger = self.candidate_lanes, self._container.notifications.ledger
        return ApplicationStatusService(self.applications, lanes, self.postings, ledger)

    @cached_property
    def job_handler(self) -> ApplicationJobHandler:
        from chalicelib.recruiting.applications.job_handler import ApplicationJobHandler

        container = self._container
        return ApplicationJobHandler(
            self.applications,
            container.auth.accounts,
            self.pipeline.pipelines,
            self.pipeline.command_processor,
            container.amendments.processor,
            container.erasure.processor,
            container.equation.removed,
            container.consents.notice_checker,
        )

    @cached_property
    def pipeline(self) -> PipelineContainer:
        from chalicelib.bootstrap.pipeline import PipelineContainer

        return PipelineContainer(self._container)

    @cached_property
    def guest_applications(self) -> GuestApplicationsContainer:
        from chalicelib.bootstrap.guest_applications import GuestApplicationsContainer

        return GuestApplicationsContainer(self._container)
