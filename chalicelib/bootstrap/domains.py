"""One container for each domain."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.bootstrap.parts import DomainContainer
from chalicelib.bootstrap.recruiting_domains import RecruitingDomains

if TYPE_CHECKING:
    from chalicelib.bootstrap.auth import AuthContainer
    from chalicelib.bootstrap.auth_services import AuthServicesContainer
    from chalicelib.bootstrap.bursts import BurstsContainer
    from chalicelib.bootstrap.notifications import NotificationsContainer
    from chalicelib.bootstrap.operations import OperationsContainer
    from chalicelib.bootstrap.public_pages import PublicPagesContainer


class Domains(RecruitingDomains):
    """The containers of the domains, each created on its first use from the shared parts."""

    @cached_property
    def auth(self) -> AuthContainer:
        from chalicelib.bootstrap.auth import AuthContainer

        return AuthContainer(self._container)

    @cached_property
    def auth_services(self) -> AuthServicesContainer:
        from chalicelib.bootstrap.auth_services import AuthServicesContainer

        return AuthServicesContainer(self._container)

    @cached_property
    def bursts(self) -> BurstsContainer:
        from chalicelib.bootstrap.bursts import BurstsContainer

        return BurstsContainer(self._container)

    @cached_property
    def notifications(self) -> NotificationsContainer:
        from chalicelib.bootstrap.notifications import NotificationsContainer

        return NotificationsContainer(self._container)

    @cached_property
    def operations(self) -> OperationsContainer:
        from chalicelib.bootstrap.operations import OperationsContainer

        return OperationsContainer(self._container)

    @cached_property
    def public_pages(self) -> PublicPagesContainer:
        from chalicelib.bootstrap.public_pages import PublicPagesContainer

        return PublicPagesContainer(self._container)

    def drop_domains(self) -> None:
        """Drop the parts of all domains, so that they are created again from the present ones."""
        for part in [one for one in vars(self).values() if isinstance(one, DomainContainer)]:
            part.drop()
