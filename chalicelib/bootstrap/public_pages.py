"""The parts of the public pages."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.bootstrap.parts import DomainContainer

if TYPE_CHECKING:
    from chalicelib.public_pages.service import PublicPagesService


class PublicPagesContainer(DomainContainer):
    """The API uses the service. Templates are loaded with the first page, not in a cold start."""

    @cached_property
    def service(self) -> PublicPagesService:
        from chalicelib.public_pages.renderer import PageRenderer
        from chalicelib.public_pages.service import PublicPagesService
        from chalicelib.recruiting.addresses import Addresses

        recruiting = self._container.recruiting
        addresses = Addresses(self._container.settings.secrets.public_url)
        return PublicPagesService(
            recruiting.catalogue,
            recruiting.postings,
            self._container.employers.employers,
            PageRenderer(addresses),
            addresses,
            self._container.consents.notice_service,
        )
