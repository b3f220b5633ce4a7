"""The services that the routes of an employer's postings use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from chalicelib.recruiting.employers.access import MemberAccess
    from chalicelib.recruiting.postings.draft_service import PostingDraftService
    from chalicelib.recruiting.postings.publication_service import PublicationService


class EmployerPostingServices(Protocol):
    """The container of postings, as the routes of employers see it."""

    @property
    def member_access(self) -> MemberAccess:
        """Decides whether an account may act for an employer."""

    @property
    def drafts(self) -> PostingDraftService:
        """Creates, reads, copies and deletes the postings of an employer."""

    @property
    def publications(self) -> PublicationService:
        """Changes, publishes, closes and reopens postings."""
