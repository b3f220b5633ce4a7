"""What the routes of accounts work with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from chalice.app import Request

    from chalicelib.auth.accounts.repository import AccountRepository
    from chalicelib.auth.models import Visitor
    from chalicelib.auth.services.account import AccountService
    from chalicelib.auth.services.administration import AdministrationService
    from chalicelib.auth.services.login import LoginService
    from chalicelib.auth.services.registration import RegistrationService
    from chalicelib.auth.sessions.refresh_tokens import SessionRepository
    from chalicelib.auth.sessions.signing_keys import SigningKeys


class AuthServices(Protocol):
    """The parts, each made when it is first used."""

    @property
    def accounts(self) -> AccountRepository:
        """The accounts."""

    @property
    def sessions(self) -> SessionRepository:
        """The sessions."""

    @property
    def registering(self) -> RegistrationService:
        """Register."""

    @property
    def logging_in(self) -> LoginService:
        """Log in and stay so."""

    @property
    def own_account(self) -> AccountService:
        """What owners do."""

    @property
    def administering(self) -> AdministrationService:
        """What admins do."""

    @property
    def keys(self) -> SigningKeys:
        """The signing keys."""

    def visitor(self, request: Request) -> Visitor:
        """Where a request comes from."""
