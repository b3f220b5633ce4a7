"""The services that the routes of accounts and sessions use."""

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
    """The container of the services, as the routes see it."""

    @property
    def sessions(self) -> SessionRepository:
        """Lists and ends sessions."""

    @property
    def registration_service(self) -> RegistrationService:
        """Registers accounts."""

    @property
    def login_service(self) -> LoginService:
        """Logs in and refreshes tokens."""

    @property
    def account_service(self) -> AccountService:
        """Reads and deletes the caller's account."""

    @property
    def password_service(self) -> PasswordService:
        """Changes and resets passwords."""

    @property
    def email_address_service(self) -> EmailAddressService:
        """Changes e-mail addresses."""

    @property
    def second_factor_service(self) -> SecondFactorService:
        """Enables and removes second factors."""

    @property
    def administration_service(self) -> AdministrationService:
        """Finds accounts and grants roles."""

    @property
    def signing_keys(self) -> SigningKeys:
        """The keys that sign access tokens."""

    def visitor(self, request: Request) -> Visitor:
        """Return where a request comes from."""
