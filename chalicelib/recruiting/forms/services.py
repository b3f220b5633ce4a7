"""The services that the routes of forms use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from chalicelib.recruiting.employers.access import MemberAccess
    from chalicelib.recruiting.forms.service import FormService


class FormServices(Protocol):
    """The container of forms, as the routes see it."""

    @property
    def member_access(self) -> MemberAccess:
        """Decides whether an account may act for an employer."""

    @property
    def form_service(self) -> FormService:
        """Reads and changes forms."""
