"""The services that the routes of review use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from chalicelib.recruiting.employers.access import MemberAccess
    from chalicelib.recruiting.review.export_service import ApplicantExportService
    from chalicelib.recruiting.review.scorecard_service import ScorecardService
    from chalicelib.recruiting.review.service import ReviewService


class ReviewServices(Protocol):
    """The container of review, as the routes see it."""

    @property
    def member_access(self) -> MemberAccess:
        """Decides whether an account may act for an employer."""

    @property
    def review_service(self) -> ReviewService:
        """Lists applicants, and keeps the notes about them."""

    @property
    def export_service(self) -> ApplicantExportService:
        """Writes applicants as CSV."""

    @property
    def scorecard_service(self) -> ScorecardService:
        """Reads, stores and deletes scorecards."""
