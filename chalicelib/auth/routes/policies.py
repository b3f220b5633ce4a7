"""The policy of routes that require an account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.auth.errors import Forbidden, SessionExpired, Unauthenticated
from chalicelib.auth.models import Caller, Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalice.app import Request

    from chalicelib.http.problems import AnyError


class RolePolicy(msgspec.Struct, frozen=True):
    """Allows accounts with certain roles, by a bearer token (RFC 6750).

    Args:
        roles: the roles that are allowed.
        on: the data that the route gives access to, in words, such as "own account". The view
            must not give access to more.
        checks_session: whether to ask the store of sessions if the session has ended. Then the
            services of the blueprint must have ``revocations``.
    """

    roles: frozenset[str]
    on: str
    checks_session: bool = False

    @property
    def errors(self) -> tuple[type[AnyError], ...]:
        """The errors of ``authorize``. A policy for all roles never raises Forbidden."""
        everyone = self.roles == frozenset(role.value for role in Role)
        ended = (SessionExpired,) if self.checks_session else ()
        return (Unauthenticated, *ended) if everyone else (Unauthenticated, *ended, Forbidden)

    def authorize(
        self,
        request: Request,
        verify_token: Callable[[str], Caller],
        services: Callable[[], Any] | None = None,
    ) -> Caller:
        """Return the caller of a request.

        Raises:
            Unauthenticated: the token is missing, invalid or expired.
            Forbidden: the caller has another role.
            SessionExpired: the session has ended, or the account was deleted.
        """
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("Send the access token as 'Authorization: Bearer <token>'.")
        caller = verify_token(token.strip(" "))
        if caller.role not in self.roles:
            raise Forbidden(f"This is for {' and '.join(sorted(self.roles))} accounts.")
        if self.checks_session and services is not None:
            services().revocations.check(caller)
        return caller


def only(*roles: Role, on: str, checks_session: bool = False) -> RolePolicy:
    """Return the policy for accounts with one of these roles."""
    return RolePolicy(frozenset(role.value for role in roles), on, checks_session)


def any_account(on: str) -> RolePolicy:
    """Return the policy for all accounts."""
    return only(*Role, on=on)
