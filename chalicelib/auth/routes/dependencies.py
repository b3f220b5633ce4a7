"""What the routes of accounts work with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from chalice.app import Request

    from chalicelib.auth.accounts.repository import Accounts
    from chalicelib.auth.routes.visitors import Visitor
    from chalicelib.auth.services.account import AccountService
    from chalicelib.auth.services.administration import AdministrationService
    from chalicelib.auth.services.login import LoginService
    from chalicelib.auth.services.registration import RegistrationService
    from chalicelib.auth.sessions.refresh_tokens import Sessions
    from chalicelib.auth.sessions.signing_keys import Keys


class Needs(Protocol):
    """The parts, each made when it is first used."""

    @property
    def accounts(self) -> Accounts:
        """The accounts."""

    @property
    def sessions(self) -> Sessions:
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
    def keys(self) -> Keys:
        """The signing keys."""

    def visitor(self, request: Request) -> Visitor:
        """Where a request comes from."""
