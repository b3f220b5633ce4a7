"""Policies: who may call a route. Every route must have one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalice import Chalice
    from chalice.app import Request

    from chalicelib.http.problems import AnyError

    VerifyToken = Callable[[str], Any]
    GetServices = Callable[[], Any]


class Policy(Protocol):
    """Decides who may call a route."""

    @property
    def roles(self) -> frozenset[str] | None:
        """The roles that are allowed; None if everyone is, with or without an account."""

    @property
    def on(self) -> str:
        """The data that the route gives access to, in words, such as "own account"."""

    @property
    def errors(self) -> tuple[type[AnyError], ...]:
        """The errors that ``authorize`` raises."""

    def authorize(
        self, request: Request, verify_token: VerifyToken, services: GetServices, /
    ) -> Any:
        """Return the caller of a request, or raise one of ``errors``.

        Args:
            request: the request.
            verify_token: returns the caller whom an access token names.
            services: returns the services of the views, for a policy that reads stored data.
        """


class PublicPolicy(msgspec.Struct, frozen=True):
    """The policy of routes that are open to everyone."""

    on: str
    roles: None = None
    errors: tuple[type[AnyError], ...] = ()

    def authorize(self, request: Request, verify_token: VerifyToken, services: GetServices) -> None:
        """Accept every request."""


def answered_methods(method: str, policy: Policy) -> list[str]:
    """Return the methods that a route answers: HEAD too, where everyone may GET.

    The middleware removes the body of an answer to HEAD.
    """
    return ["GET", "HEAD"] if method == "GET" and policy.roles is None else [method]


class MissingPolicyError(Exception):
    """A route was registered without a policy."""


def has_policy(handler: Any) -> bool:
    """Return whether a handler of Chalice was registered with a policy."""
    return getattr(handler, "route", None) is not None


def require_policies(app: Chalice) -> None:
    """Check that all routes of an app have a policy; call it when all are registered.

    ``chalice deploy`` imports the app first, so an app that lacks a policy cannot be deployed.

    Raises:
        MissingPolicyError: a route has none.
    """
    for path, by_method in sorted(app.routes.items()):
        for method, entry in sorted(by_method.items()):
            if not has_policy(entry.view_function):
                raise MissingPolicyError(f"{method} {path} has no policy")
