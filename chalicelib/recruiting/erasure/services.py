"""The services that the routes of erasures use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from chalicelib.recruiting.employers.access import MemberAccess
    from chalicelib.recruiting.erasure.hold_service import HoldService
    from chalicelib.recruiting.erasure.retention_service import RetentionService
    from chalicelib.recruiting.erasure.service import ErasureService


class ErasureServices(Protocol):
    """The container of erasures, as the routes see it."""

    @property
    def member_access(self) -> MemberAccess:
        """Decides whether an account may act for an employer."""

    @property
    def service(self) -> ErasureService:
        """Accepts erasures."""

    @property
    def hold_service(self) -> HoldService:
        """Places and releases legal holds."""

    @property
    def retention_service(self) -> RetentionService:
        """Reports what a rule of retention will erase."""
