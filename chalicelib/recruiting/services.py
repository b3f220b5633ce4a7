"""The services that the routes of recruiting use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from chalicelib.recruiting.applications.apply_service import ApplyService
    from chalicelib.recruiting.applications.status_service import ApplicationStatusService
    from chalicelib.recruiting.applications.withdrawal_service import WithdrawalService
    from chalicelib.recruiting.bursts.origins import OriginHasher
    from chalicelib.recruiting.employers.access import MemberAccess
    from chalicelib.recruiting.postings.catalogue import PostingCatalogue
    from chalicelib.recruiting.postings.search import PostingSearch


class RecruitingServices(Protocol):
    """The container of recruiting, as the routes see it."""

    @property
    def member_access(self) -> MemberAccess:
        """Decides whether an account may act for an employer."""

    @property
    def catalogue(self) -> PostingCatalogue:
        """The postings, in the memory of the process."""

    @property
    def posting_search(self) -> PostingSearch:
        """The search for postings."""

    @property
    def apply_service(self) -> ApplyService:
        """Accepts applications."""

    @property
    def origins(self) -> OriginHasher:
        """Hashes the network addresses of requests."""

    @property
    def withdrawal_service(self) -> WithdrawalService:
        """Withdraws applications."""

    @property
    def status_service(self) -> ApplicationStatusService:
        """Reports the status of applications."""
