"""The use cases of accounts, which only the API has."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.auth.routes.visitors import read_visitor
from chalicelib.auth.services.account import AccountService
from chalicelib.auth.services.account_notifier import AccountNotifier
from chalicelib.auth.services.administration import AdministrationService
from chalicelib.auth.services.email_address import EmailAddressService
from chalicelib.auth.services.link_sender import LinkSender
from chalicelib.auth.services.login import LoginService
from chalicelib.auth.services.password import PasswordService
from chalicelib.auth.services.reauthentication import Reauthenticator
from chalicelib.auth.services.registration import RegistrationService
from chalicelib.auth.services.second_factor import SecondFactorService
from chalicelib.bootstrap.parts import DomainContainer

if TYPE_CHECKING:
    from chalice.app import Request

    from chalicelib.auth.models import Visitor
    from chalicelib.auth.sessions.refresh_tokens import SessionRepository
    from chalicelib.auth.sessions.signing_keys import SigningKeys
    from chalicelib.bootstrap.auth import AuthContainer


class AuthServicesContainer(DomainContainer):
    """The services that the routes of accounts and sessions use (``AuthServices``)."""

    @property
    def _auth(self) -> AuthContainer:
        return self._container.auth

    @property
    def sessions(self) -> SessionRepository:
        return self._auth.sessions

    @property
    def signing_keys(self) -> SigningKeys:
        return self._auth.signing_keys

    def visitor(self, request: Request) -> Visitor:
        """Return where a request comes from."""
        return read_visitor(request, behind_cdn=self._container.settings.environment.behind_cdn)

    @cached_property
    def link_sender(self) -> LinkSender:
        auth = self._auth
        return LinkSender(auth.email_links, auth.rate_limits, self._container.notifications.outbox)

    @cached_property
    def account_notifier(self) -> AccountNotifier:
        return AccountNotifier(self._container.notifications.outbox, self._auth.audit_log)

    @cached_property
    def reauthenticator(self) -> Reauthenticator:
        auth = self._auth
        return Reauthenticator(
            auth.accounts, auth.sessions, auth.second_factors, auth.rate_limits, auth.audit_log
        )

    @cached_property
    def registration_service(self) -> RegistrationService:
        auth = self._auth
        return RegistrationService(
            auth.accounts,
            auth.email_links,
            self.link_sender,
            auth.rate_limits,
            auth.audit_log,
            auth.device_tokens,
            auth.password_tagger,
        )

    @cached_property
    def login_service(self) -> LoginService:
        auth = self._auth
        return LoginService(
            auth.accounts,
            auth.sessions,
            auth.second_factors,
            auth.access_tokens,
            auth.rate_limits,
            auth.audit_log,
            auth.device_tokens,
        )

    @cached_property
    def account_service(self) -> AccountService:
        auth = self._auth
        return AccountService(
            auth.accounts,
            auth.sessions,
            auth.email_links,
            self.reauthenticator,
            self.account_notifier,
            auth.audit_log,
            self._container.notifications.suppressions,
            self._container.erasure.retention.leave_employers,
            self._container.privacy.candidate_data.remove,
            auth.revocations.add_account,
        )

    @cached_property
    def password_service(self) -> PasswordService:
        auth = self._auth
        return PasswordService(
            auth.accounts,
            auth.sessions,
            auth.email_links,
            self.link_sender,
            auth.device_tokens,
            self.reauthenticator,
            self.account_notifier,
            auth.audit_log,
        )

    @cached_property
    def email_address_service(self) -> EmailAddressService:
        auth = self._auth
        return EmailAddressService(
            auth.accounts,
            auth.sessions,
            auth.email_links,
            self.link_sender,
            self.reauthenticator,
            self.account_notifier,
            auth.audit_log,
        )

    @cached_property
    def second_factor_service(self) -> SecondFactorService:
        auth = self._auth
        return SecondFactorService(
            auth.sessions,
            auth.email_links,
            auth.second_factors,
            self.reauthenticator,
            self.account_notifier,
            auth.audit_log,
        )

    @cached_property
    def administration_service(self) -> AdministrationService:
        auth = self._auth
        return AdministrationService(auth.accounts, auth.sessions, auth.audit_log)
