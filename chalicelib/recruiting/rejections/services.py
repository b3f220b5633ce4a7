"""The services that the routes of the settings for rejections use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from chalicelib.recruiting.employers.access import MemberAccess
    from chalicelib.recruiting.rejections.service import RejectionSettingsService


class RejectionServices(Protocol):
    """The container of rejections, as the routes see it."""

    @property
    def member_access(self) -> MemberAccess:
        """Looks up members, for the policies."""

    @property
    def settings_service(self) -> RejectionSettingsService:
        """Reads and changes reasons and templates."""
