"""The services that the routes of interviewers use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from chalicelib.recruiting.employers.access import MemberAccess
    from chalicelib.recruiting.interviewers.service import InterviewerService


class InterviewerServices(Protocol):
    """The container of interviewers, as the routes see it."""

    @property
    def member_access(self) -> MemberAccess:
        """Decides whether an account may act for an employer."""

    @property
    def interviewer_service(self) -> InterviewerService:
        """Assigns applications to members, and lists assignments."""
