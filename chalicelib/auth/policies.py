"""Who may call a route."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.errors import Forbidden, Unauthenticated

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalice.app import Request

    from chalicelib.auth.tokens import AccessTokens, Caller, Role


def only(wanted: Role, tokens: Callable[[], AccessTokens]) -> Callable[[Request], Caller]:
    """The policy of routes for accounts of one role, with a bearer token (RFC 6750)."""

    def check(request: Request) -> Caller:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("Send the access token as 'Authorization: Bearer <token>'.")
        caller = tokens().verify(token.strip())
        if caller.role is not wanted:
            raise Forbidden(f"This is for a {wanted}.")
        return caller

    return check
