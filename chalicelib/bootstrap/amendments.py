"""The parts of amendments."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.bootstrap.parts import DomainContainer

if TYPE_CHECKING:
    from chalicelib.recruiting.amendments.processor import AmendmentProcessor
    from chalicelib.recruiting.amendments.revision_reader import RevisionReader
    from chalicelib.recruiting.amendments.revisions import RevisionRepository
    from chalicelib.recruiting.amendments.service import AmendmentService
    from chalicelib.recruiting.employers.access import MemberAccess
    from chalicelib.recruiting.pipeline.applicants import ApplicantFinder


class AmendmentsContainer(DomainContainer):
    """The API uses the service and the reader; the applications worker uses the processor."""

    @property
    def member_access(self) -> MemberAccess:
        return self._container.employers.member_access

    @property
    def applicants(self) -> ApplicantFinder:
        return self._container.recruiting.pipeline.applicants

    @cached_property
    def revisions(self) -> RevisionRepository:
        from chalicelib.recruiting.amendments.revisions import RevisionRepository

        return RevisionRepository(self._container.database)

    @cached_property
    def processor(self) -> AmendmentProcessor:
        from chalicelib.recruiting.amendments.processor import AmendmentProcessor

        applications, removed = (
            self._container.recruiting.applications,
            self._container.equation.removed,
        )
        return AmendmentProcessor(applications, self.revisions, removed)

    @cached_property
    def reader(self) -> RevisionReader:
        from chalicelib.recruiting.amendments.revision_reader import RevisionReader

        return RevisionReader(self._container.recruiting.applications, self.revisions)

    @cached_property
    def service(self) -> AmendmentService:
        from chalicelib.recruiting.amendments.service import AmendmentService

        recruiting = self._container.recruiting
        return AmendmentService(
            recruiting.job_queue,
            recruiting.lanes,
            recruiting.applications,
            recruiting.postings,
            self._container.proofs.receipts,
            self._container.forms.apply_rules,
            self._container.files.tokens,
        )
