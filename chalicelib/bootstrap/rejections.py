"""The parts of rejections: their reasons, and the templates of their e-mails."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.bootstrap.parts import DomainContainer

if TYPE_CHECKING:
    from chalicelib.recruiting.employers.access import MemberAccess
    from chalicelib.recruiting.rejections.repository import RejectionSettingsRepository
    from chalicelib.recruiting.rejections.service import RejectionSettingsService


class RejectionsContainer(DomainContainer):
    """The services that the routes use (``RejectionServices``), and their parts."""

    @cached_property
    def member_access(self) -> MemberAccess:
        return self._container.employers.member_access

    @cached_property
    def settings(self) -> RejectionSettingsRepository:
        from chalicelib.recruiting.rejections.repository import RejectionSettingsRepository

        return RejectionSettingsRepository(self._container.database)

    @cached_property
    def settings_service(self) -> RejectionSettingsService:
        from chalicelib.recruiting.rejections.service import RejectionSettingsService

        return RejectionSettingsService(self.settings)
