"""The parts of consent: privacy notices."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.bootstrap.parts import DomainContainer

if TYPE_CHECKING:
    from chalicelib.recruiting.consents.checker import NoticeChecker
    from chalicelib.recruiting.consents.repository import NoticeRepository
    from chalicelib.recruiting.consents.service import NoticeService
    from chalicelib.recruiting.employers.access import MemberAccess


class ConsentsContainer(DomainContainer):
    """The services that the routes use (``ConsentServices``), and the checker of the worker."""

    @cached_property
    def member_access(self) -> MemberAccess:
        return self._container.employers.member_access

    @cached_property
    def notices(self) -> NoticeRepository:
        from chalicelib.recruiting.consents.repository import NoticeRepository

        return NoticeRepository(self._container.database)

    @cached_property
    def notice_service(self) -> NoticeService:
        from chalicelib.recruiting.consents.service import NoticeService

        return NoticeService(self.notices, self._container.recruiting.catalogue)

    @cached_property
    def notice_checker(self) -> NoticeChecker:
        from chalicelib.recruiting.consents.checker import NoticeChecker

        return NoticeChecker(self.notices)
