"""Who may call a route, and on what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.auth.errors import Forbidden, Unauthenticated
from chalicelib.auth.models import Caller, Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalice.app import Request

    from chalicelib.auth.sessions.access_tokens import AccessTokens
    from chalicelib.http.problems import AnyError


@dataclass(frozen=True, slots=True)
class RolePolicy:
    """The policy of routes for accounts of some roles, with a bearer token (RFC 6750).

    ``on`` says in words what the route gives access to; the view sees to that it is no more.
    """

    roles: frozenset[str]
    on: str
    tokens: Callable[[], AccessTokens]

    @property
    def problems(self) -> tuple[type[AnyError], ...]:
        """What is answered to those who are not let in; with roles for all, nobody is forbidden."""
        everyone = self.roles == frozenset(role.value for role in Role)
        return (Unauthenticated,) if everyone else (Unauthenticated, Forbidden)

    def __call__(self, request: Request) -> Caller:
        """The caller of this request.

        Raises:
            Unauthenticated: no token, or none that is valid now.
            Forbidden: a caller of another role.
        """
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("Send the access token as 'Authorization: Bearer <token>'.")
        caller = self.tokens().verify(token.strip(" "))
        if caller.role not in self.roles:
            raise Forbidden(f"This is for {' and '.join(sorted(self.roles))} accounts.")
        return caller


@dataclass(frozen=True, slots=True)
class RolePolicies:
    """Makes the policies of an app's routes."""

    tokens: Callable[[], AccessTokens]

    def only(self, *roles: Role, on: str) -> RolePolicy:
        """Accounts of these roles."""
        return RolePolicy(frozenset(role.value for role in roles), on, self.tokens)

    def any_account(self, on: str) -> RolePolicy:
        """Whoever has an account."""
        return self.only(*Role, on=on)
