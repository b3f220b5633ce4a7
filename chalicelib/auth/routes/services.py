"""What the routes of accounts work with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from chalice.app import Request

    from chalicelib.auth.models import Visitor
    from chalicelib.auth.services.account import AccountService
    from chalicelib.auth.services.administration import AdministrationService
    from chalicelib.auth.services.email_address import EmailAddressService
    from chalicelib.auth.services.login import LoginService
    from chalicelib.auth.services.password import PasswordService
    from chalicelib.auth.services.registration import RegistrationService
    from chalicelib.auth.services.second_factor import SecondFactorService
    from chalicelib.auth.sessions.refresh_tokens import SessionRepository
    from chalicelib.auth.sessions.signing_keys import SigningKeys


class AuthServices(Protocol):
    """The parts, each made when it is first used."""

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
    def account_service(self) -> AccountService:
        """Read and delete the own account."""

    @property
    def password_service(self) -> PasswordService:
        """Change and reset passwords."""

    @property
    def email_address_service(self) -> EmailAddressService:
        """Change e-mail addresses."""

    @property
    def second_factor_service(self) -> SecondFactorService:
        """Enable and remove second factors."""

    @property
    def administering(self) -> AdministrationService:
        """What admins do."""

    @property
    def keys(self) -> SigningKeys:
        """The signing keys."""

    def visitor(self, request: Request) -> Visitor:
        """Where a request comes from."""
