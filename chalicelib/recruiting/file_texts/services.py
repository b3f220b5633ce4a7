"""The services that the routes of file texts use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from chalicelib.recruiting.employers.access import MemberAccess
    from chalicelib.recruiting.file_texts.service import FileTextService


class FileTextServices(Protocol):
    """The container of file texts, as the routes see it."""

    @property
    def member_access(self) -> MemberAccess:
        """Decides whether an account may act for an employer."""

    @property
    def service(self) -> FileTextService:
        """Returns the texts of an applicant's files."""
