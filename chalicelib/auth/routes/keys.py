"""The public keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from chalice import Blueprint

from chalicelib.auth.sessions.signing_keys import RELOAD_SECONDS
from chalicelib.http.bodies import answer
from chalicelib.http.declaring import Declared
from chalicelib.http.routes import Anyone, route

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalice import Response
    from chalice.app import Request

    from chalicelib.auth.routes.dependencies import AuthServices


class PublicKey(msgspec.Struct, frozen=True):
    """A JSON Web Key (RFC 7517, RFC 8037)."""

    kty: str
    crv: str
    x: str
    kid: str
    use: str
    alg: str


class PublicKeys(msgspec.Struct, frozen=True):
    """A JSON Web Key Set."""

    keys: list[PublicKey]


def key_routes(services: Callable[[], AuthServices]) -> Blueprint:
    """The blueprint."""
    blueprint = Blueprint(__name__)

    @route(
        blueprint,
        "GET",
        "/.well-known/jwks.json",
        policy=Anyone("public keys"),
        declared=Declared(gives={200: PublicKeys}, needs_stores=False),
    )
    def public_keys(request: Request, caller: None) -> Response:
        """The keys with which anyone can verify our access tokens (RFC 7517)."""
        jwks = services().keys.ring.jwks()
        return answer(jwks, headers={"Cache-Control": f"public, max-age={RELOAD_SECONDS}"})

    return blueprint
