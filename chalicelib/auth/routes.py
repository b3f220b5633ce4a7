"""The routes of accounts: register, log in, the public keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from chalice import Blueprint

from chalicelib.auth.accounts import Accounts, Credentials, Registration
from chalicelib.auth.tokens import LIFETIME_SECONDS, AccessTokens
from chalicelib.http.bodies import answer, read_body
from chalicelib.http.routes import anyone, route

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalice import Response
    from chalice.app import Request

    from chalicelib.auth.keys import KeyRing


class Needs(Protocol):
    """What these routes work with."""

    @property
    def accounts(self) -> Accounts:
        """The accounts."""

    @property
    def tokens(self) -> AccessTokens:
        """Access tokens."""

    @property
    def keys(self) -> KeyRing:
        """The signing keys."""


def auth_routes(services: Callable[[], Needs]) -> Blueprint:
    """The blueprint; ``services`` is called for each request, not before."""
    blueprint = Blueprint(__name__)

    @route(blueprint, "POST", "/v1/accounts", policy=anyone)
    def register(request: Request, caller: None) -> Response:
        """Create an account for a candidate."""
        registration = read_body(request, Registration)
        account = services().accounts.register(registration)
        return answer(account, status=201)

    @route(blueprint, "POST", "/v1/sessions", policy=anyone)
    def log_in(request: Request, caller: None) -> Response:
        """Exchange e-mail address and password for an access token."""
        credentials = read_body(request, Credentials)
        known = services().accounts.log_in(credentials)
        return answer(
            {
                "access_token": services().tokens.issue(known),
                "token_type": "Bearer",
                "expires_in": LIFETIME_SECONDS,
            }
        )

    @route(blueprint, "GET", "/.well-known/jwks.json", policy=anyone)
    def public_keys(request: Request, caller: None) -> Response:
        """The keys with which anyone can verify our access tokens (RFC 7517)."""
        jwks = services().keys.jwks()
        return answer(jwks, headers={"Cache-Control": "public, max-age=300"})

    return blueprint
