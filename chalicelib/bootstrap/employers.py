"""The parts of employers: members, roles and the policy of routes for members."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.bootstrap.parts import DomainContainer

if TYPE_CHECKING:
    from chalice.app import Request

    from chalicelib.auth.models import Visitor
    from chalicelib.recruiting.employers.access import MemberAccess
    from chalicelib.recruiting.employers.employer_service import EmployerService
    from chalicelib.recruiting.employers.invitation_email import InvitationTokens
    from chalicelib.recruiting.employers.invitation_service import InvitationService
    from chalicelib.recruiting.employers.invitations import InvitationRepository
    from chalicelib.recruiting.employers.memberships import MembershipRepository
    from chalicelib.recruiting.employers.migration import RecruiterMigration
    from chalicelib.recruiting.employers.repository import EmployerRepository
    from chalicelib.recruiting.employers.team_service import TeamService


class EmployersContainer(DomainContainer):
    """The services that the routes of employers use (``EmployerServices``), and their parts."""

    @cached_property
    def employers(self) -> EmployerRepository:
        from chalicelib.recruiting.employers.repository import EmployerRepository

        return EmployerRepository(self._container.database)

    @cached_property
    def memberships(self) -> MembershipRepository:
        from chalicelib.recruiting.employers.memberships import MembershipRepository

        return MembershipRepository(self._container.database)

    @cached_property
    def member_access(self) -> MemberAccess:
        from chalicelib.recruiting.employers.access import MemberAccess

        auth = self._container.auth
        return MemberAccess(self.memberships, auth.sessions, auth.rate_limits)

    @cached_property
    def employer_service(self) -> EmployerService:
        from chalicelib.recruiting.employers.employer_service import EmployerService

        auth = self._container.auth
        return EmployerService(
            self.employers,
            self.memberships,
            auth.sessions,
            auth.rate_limits,
            auth.audit_log,
            lambda employer_id: self._container.postings.name_writer.write_at_once(employer_id),
        )

    @cached_property
    def team_service(self) -> TeamService:
        from chalicelib.recruiting.employers.team_service import TeamService

        auth = self._container.auth
        return TeamService(
            self.memberships,
            self.invitations,
            auth.accounts,
            auth.sessions,
            auth.audit_log,
            lambda employer_id: self._container.postings.employer_postings.has_published(
                employer_id
            ),
            lambda departure: self._container.interviewers.departure_handler.end_at_once(departure),
        )

    @cached_property
    def invitations(self) -> InvitationRepository:
        from chalicelib.recruiting.employers.invitations import InvitationRepository

        return InvitationRepository(self._container.database)

    @cached_property
    def invitation_tokens(self) -> InvitationTokens:
        from chalicelib.recruiting.employers.invitation_email import InvitationTokens

        return InvitationTokens(self._container.settings.secrets.link_secret)

    @cached_property
    def invitation_service(self) -> InvitationService:
        from chalicelib.recruiting.employers.invitation_service import InvitationService

        auth = self._container.auth
        return InvitationService(
            self.invitations,
            self.memberships,
            auth.accounts,
            auth.sessions,
            self.invitation_tokens,
            auth.rate_limits,
            self._container.notifications.outbox,
            auth.audit_log,
        )

    @cached_property
    def migration(self) -> RecruiterMigration:
        from chalicelib.recruiting.employers.migration import RecruiterMigration

        auth = self._container.auth
        return RecruiterMigration(auth.accounts, self.employers, self.memberships, auth.audit_log)

    def visitor(self, request: Request) -> Visitor:
        """Return where a request comes from."""
        return self._container.auth_services.visitor(request)
