"""The services that the routes of guest applications use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from chalice.app import Request

    from chalicelib.auth.models import Visitor
    from chalicelib.recruiting.guest_applications.service import GuestApplicationService


class GuestApplicationServices(Protocol):
    """The container of guest applications, as the routes see it."""

    @property
    def service(self) -> GuestApplicationService:
        """E-mails links, and accepts applications whose links are followed."""

    def visitor(self, request: Request) -> Visitor:
        """Return where a request comes from."""
