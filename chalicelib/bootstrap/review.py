"""The parts of review: what members read and write about applicants."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.bootstrap.parts import DomainContainer

if TYPE_CHECKING:
    from chalicelib.recruiting.applicant_index.block_repository import BlockRepository
    from chalicelib.recruiting.applicant_index.indexer import ApplicantIndexer
    from chalicelib.recruiting.applicant_index.reader import ApplicantIndex
    from chalicelib.recruiting.applicant_index.waiting_repository import WaitingRepository
    from chalicelib.recruiting.employers.access import MemberAccess
    from chalicelib.recruiting.review.applicant_lists import ApplicantLists
    from chalicelib.recruiting.review.export_service import ApplicantExportService
    from chalicelib.recruiting.review.repository import ApplicantRepository
    from chalicelib.recruiting.review.scorecard_service import ScorecardService
    from chalicelib.recruiting.review.service import ReviewService

# How long one sweep may index applications, before it drains lanes.
SWEEP_SECONDS = 5.0


class ReviewContainer(DomainContainer):
    """The services that the routes use (``ReviewServices``), and their parts."""

    @cached_property
    def member_access(self) -> MemberAccess:
        return self._container.employers.member_access

    @cached_property
    def applicants(self) -> ApplicantRepository:
        from chalicelib.recruiting.review.repository import ApplicantRepository

        return ApplicantRepository(self._container.database)

    @cached_property
    def review_service(self) -> ReviewService:
        from chalicelib.recruiting.review.service import ReviewService

        container = self._container
        finder = container.recruiting.pipeline.applicants
        accounts, equations = container.auth.accounts, container.equation.equations
        forms = container.forms.forms
        return ReviewService(self.applicants, finder, self.lists, accounts, equations, forms)

    @cached_property
    def lists(self) -> ApplicantLists:
        from chalicelib.recruiting.review.applicant_lists import ApplicantLists

        container = self._container
        finder, assigned = container.recruiting.pipeline.applicants, container.interviewers.assigned
        accounts = container.auth.accounts
        return ApplicantLists(self.applicants, finder, self.index, assigned, accounts)

    @cached_property
    def waiting(self) -> WaitingRepository:
        from chalicelib.recruiting.applicant_index.waiting_repository import WaitingRepository

        return WaitingRepository(self._container.database)

    @cached_property
    def blocks(self) -> BlockRepository:
        from chalicelib.recruiting.applicant_index.block_repository import BlockRepository

        return BlockRepository(self._container.database)

    @cached_property
    def index(self) -> ApplicantIndex:
        from chalicelib.recruiting.applicant_index.reader import ApplicantIndex

        return ApplicantIndex(self.waiting, self.blocks, self._container.auth.accounts)

    @cached_property
    def indexer(self) -> ApplicantIndexer:
        from chalicelib.recruiting.applicant_index.indexer import ApplicantIndexer

        return ApplicantIndexer(self.waiting, self.blocks, self._container.auth.accounts)

    def sweep_index(self) -> int:
        """Index applications for some seconds. Return how many."""
        return self.indexer.sweep(SWEEP_SECONDS)

    @cached_property
    def export_service(self) -> ApplicantExportService:
        from chalicelib.recruiting.review.export_service import ApplicantExportService

        container = self._container
        return ApplicantExportService(self.lists, container.auth.accounts, container.forms.forms)

    @cached_property
    def scorecard_service(self) -> ScorecardService:
        from chalicelib.recruiting.review.scorecard_service import ScorecardService
        from chalicelib.recruiting.review.scorecards import ScorecardRepository

        return ScorecardService(
            ScorecardRepository(self._container.database),
            self._container.recruiting.pipeline.applicants,
            self._container.auth.accounts,
        )
