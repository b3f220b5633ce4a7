"""The services that the routes of privacy notices use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from chalicelib.recruiting.consents.service import NoticeService
    from chalicelib.recruiting.employers.access import MemberAccess


class ConsentServices(Protocol):
    """The container of consent, as the routes see it."""

    @property
    def member_access(self) -> MemberAccess:
        """Looks up members, for the policies."""

    @property
    def notice_service(self) -> NoticeService:
        """Reads and adds privacy notices."""
