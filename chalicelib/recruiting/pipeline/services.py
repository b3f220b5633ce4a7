"""The services that the routes of the pipeline use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from chalicelib.recruiting.employers.access import MemberAccess
    from chalicelib.recruiting.pipeline.command_service import CommandService
    from chalicelib.recruiting.pipeline.rejection_service import RejectionService


class PipelineServices(Protocol):
    """The container of the pipeline, as the routes see it."""

    @property
    def member_access(self) -> MemberAccess:
        """Looks up members, for the policies."""

    @property
    def command_service(self) -> CommandService:
        """Accepts commands and reports their status."""

    @property
    def rejection_service(self) -> RejectionService:
        """Shows events, and plans, previews and cancels rejections and their e-mails."""
