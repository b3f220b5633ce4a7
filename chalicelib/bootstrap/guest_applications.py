"""The parts of guest applications, which people send without an account."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.bootstrap.parts import DomainContainer

if TYPE_CHECKING:
    from chalice.app import Request

    from chalicelib.auth.models import Visitor
    from chalicelib.recruiting.guest_applications.emails import (
        GuestApplicationComposer,
        GuestApplicationTokens,
    )
    from chalicelib.recruiting.guest_applications.repository import GuestApplicationRepository
    from chalicelib.recruiting.guest_applications.service import GuestApplicationService


class GuestApplicationsContainer(DomainContainer):
    """The services that the routes use (``GuestApplicationServices``), and their parts."""

    @cached_property
    def guests(self) -> GuestApplicationRepository:
        from chalicelib.recruiting.guest_applications.repository import GuestApplicationRepository

        return GuestApplicationRepository(self._container.database)

    @cached_property
    def tokens(self) -> GuestApplicationTokens:
        from chalicelib.recruiting.guest_applications.emails import GuestApplicationTokens

        return GuestApplicationTokens(self._container.settings.secrets.link_secret)

    @cached_property
    def service(self) -> GuestApplicationService:
        from chalicelib.auth.services.verified_address import VerifiedAddressService
        from chalicelib.queue import Gates
        from chalicelib.recruiting.guest_applications.service import GuestApplicationService

        auth, recruiting = self._container.auth, self._container.recruiting
        return GuestApplicationService(
            self.guests,
            self.tokens,
            recruiting.catalogue,
            Gates(recruiting.lanes),
            recruiting.apply_service,
            self._container.forms.apply_rules,
            VerifiedAddressService(
                auth.accounts,
                auth.sessions,
                auth.access_tokens,
                auth.device_tokens,
                auth.audit_log,
            ),
            auth.rate_limits,
            self._container.notifications.outbox,
            self._container.bursts.hasher,
            self._container.operations.is_intake_paused,
        )

    @cached_property
    def composer(self) -> GuestApplicationComposer:
        from chalicelib.recruiting.addresses import Addresses
        from chalicelib.recruiting.guest_applications.emails import GuestApplicationComposer

        addresses = Addresses(self._container.settings.secrets.public_url)
        return GuestApplicationComposer(self.guests, self.tokens, addresses)

    def visitor(self, request: Request) -> Visitor:
        """Return where a request comes from."""
        return self._container.auth_services.visitor(request)
