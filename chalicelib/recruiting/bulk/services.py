"""The services that the routes of bulk operations use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from chalicelib.recruiting.bulk.result_service import ResultService
    from chalicelib.recruiting.bulk.service import BulkService
    from chalicelib.recruiting.employers.access import MemberAccess


class BulkServices(Protocol):
    """The container of bulk operations, as the routes see it."""

    @property
    def member_access(self) -> MemberAccess:
        """Looks up members, for the policies."""

    @property
    def bulk_service(self) -> BulkService:
        """Previews and starts operations."""

    @property
    def result_service(self) -> ResultService:
        """Reports progress and results, and cancels e-mails."""
