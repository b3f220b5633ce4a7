"""The services that the routes of employers use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from chalice.app import Request

    from chalicelib.auth.models import Visitor
    from chalicelib.recruiting.employers.access import MemberAccess
    from chalicelib.recruiting.employers.employer_service import EmployerService
    from chalicelib.recruiting.employers.invitation_service import InvitationService
    from chalicelib.recruiting.employers.team_service import TeamService


class EmployerServices(Protocol):
    """The container of employers, as the routes see it."""

    @property
    def member_access(self) -> MemberAccess:
        """Decides whether an account may act for an employer."""

    @property
    def employer_service(self) -> EmployerService:
        """Creates, reads and changes employers."""

    @property
    def team_service(self) -> TeamService:
        """Lists, changes and removes members."""

    @property
    def invitation_service(self) -> InvitationService:
        """Creates, lists, revokes and accepts invitations."""

    def visitor(self, request: Request) -> Visitor:
        """Return where a request comes from."""
