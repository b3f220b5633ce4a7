"""The parts of interviewers: assignments of applications, and how they end."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.bootstrap.parts import DomainContainer

if TYPE_CHECKING:
    from chalicelib.recruiting.applications.assigned_applications import (
        AssignedApplicationRepository,
    )
    from chalicelib.recruiting.employers.access import MemberAccess
    from chalicelib.recruiting.interviewers.departure_handler import DepartureHandler
    from chalicelib.recruiting.interviewers.emails import AssignmentComposer
    from chalicelib.recruiting.interviewers.service import InterviewerService


class InterviewersContainer(DomainContainer):
    """The services that the routes use (``InterviewerServices``), and their parts."""

    @cached_property
    def member_access(self) -> MemberAccess:
        return self._container.employers.member_access

    @cached_property
    def assigned(self) -> AssignedApplicationRepository:
        from chalicelib.recruiting.applications.assigned_applications import (
            AssignedApplicationRepository,
        )

        return AssignedApplicationRepository(self._container.database)

    @cached_property
    def interviewer_service(self) -> InterviewerService:
        from chalicelib.recruiting.interviewers.service import InterviewerService

        recruiting = self._container.recruiting
        return InterviewerService(
            recruiting.pipeline.applicants,
            recruiting.applications,
            self.assigned,
            self._container.employers.memberships,
            self._container.auth.accounts,
            recruiting.pipeline.due,
        )

    @cached_property
    def departure_handler(self) -> DepartureHandler:
        from chalicelib.recruiting.employers.departures import DepartureRepository
        from chalicelib.recruiting.interviewers.departure_handler import DepartureHandler

        departures = DepartureRepository(self._container.database)
        return DepartureHandler(self.assigned, self._container.recruiting.applications, departures)

    @cached_property
    def composer(self) -> AssignmentComposer:
        from chalicelib.recruiting.addresses import Addresses
        from chalicelib.recruiting.interviewers.emails import AssignmentComposer

        container = self._container
        return AssignmentComposer(
            container.recruiting.applications.find_of_employer,
            container.auth.accounts,
            container.employers.memberships,
            container.recruiting.pipeline.pipelines,
            Addresses(container.settings.secrets.public_url),
        )
