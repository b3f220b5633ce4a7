"""What the routes of accounts work with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from chalice.app import Request

    from chalicelib.auth.accounts import Accounts
    from chalicelib.auth.administering import Administering
    from chalicelib.auth.keys import Keys
    from chalicelib.auth.logging_in import LoggingIn
    from chalicelib.auth.own_account import OwnAccount
    from chalicelib.auth.registering import Registering
    from chalicelib.auth.sessions import Sessions
    from chalicelib.auth.visitors import Visitor


class Needs(Protocol):
    """The parts, each made when it is first used."""

    @property
    def accounts(self) -> Accounts:
        """The accounts."""

    @property
    def sessions(self) -> Sessions:
        """The sessions."""

    @property
    def registering(self) -> Registering:
        """Register."""

    @property
    def logging_in(self) -> LoggingIn:
        """Log in and stay so."""

    @property
    def own_account(self) -> OwnAccount:
        """What owners do."""

    @property
    def administering(self) -> Administering:
        """What admins do."""

    @property
    def keys(self) -> Keys:
        """The signing keys."""

    def visitor(self, request: Request) -> Visitor:
        """Where a request comes from."""
