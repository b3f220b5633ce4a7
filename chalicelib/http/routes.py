"""Declaring a route: its method, its path and, always, who may call it on what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from pymongo.errors import PyMongoError
from redis.exceptions import RedisClusterException, RedisError

from chalicelib.common.errors import DomainError
from chalicelib.http.bodies import ProblemResponse
from chalicelib.http.errors import HttpError, InternalError, ServiceUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chalice import Blueprint, Chalice, Response
    from chalice.app import Request

    from chalicelib.http.declaring import Declared
    from chalicelib.http.problems import AnyError


class Policy[Caller](Protocol):
    """Decides who a caller is, or raises Unauthenticated or Forbidden."""

    @property
    def roles(self) -> frozenset[str] | None:
        """Whose accounts are let in; None for everyone, with or without an account."""

    @property
    def on(self) -> str:
        """What the route gives access to, in words."""

    @property
    def problems(self) -> tuple[type[AnyError], ...]:
        """What is answered to those who are not let in."""

    def __call__(self, request: Request, /) -> Caller:
        """The caller of this request."""


@dataclass(frozen=True, slots=True)
class Anyone:
    """The policy of routes open to all."""

    on: str
    roles: None = None
    problems: tuple[type[AnyError], ...] = ()

    def __call__(self, request: Request) -> None:
        """Nobody is asked who they are."""


class UnguardedRouteError(Exception):
    """A route was registered without a policy."""


def route[Caller](
    blueprint: Blueprint, method: str, path: str, *, policy: Policy[Caller], declared: Declared
) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    """Register a view ``view(request, caller, **path_parameters)`` on a blueprint.

    The policy runs first; a view cannot be registered without one, nor without saying what it takes
    and gives. A server that is down becomes a 503 here, at one place, and an error nobody foresaw
    becomes a 500 without its text.
    """

    def register(view: Callable[..., Response]) -> Callable[..., Response]:
        def guarded(**path_parameters: str) -> Response:
            request: Any = blueprint.current_request
            try:
                return view(request, policy(request), **path_parameters)
            except (DomainError, HttpError) as error:
                return ProblemResponse(error, error.__cause__)
            except (RedisError, RedisClusterException) as error:
                return ProblemResponse(ServiceUnavailable("The queue cannot be reached."), error)
            except PyMongoError as error:
                return ProblemResponse(ServiceUnavailable("The database cannot be reached."), error)
            except Exception as error:
                return ProblemResponse(InternalError(), error)

        guarded.__name__ = view.__name__
        guarded.__doc__ = view.__doc__
        guarded.policy = policy  # type: ignore[attr-defined]
        guarded.declared = declared  # type: ignore[attr-defined]
        blueprint.route(path, methods=[method], name=view.__name__)(guarded)
        return view

    return register


def policies(app: Chalice) -> Iterator[tuple[str, str, Policy[Any] | None]]:
    """All routes of an app: method, path and policy, None where someone forgot it."""
    for method, path, view in _views(app):
        yield method, path, getattr(view, "policy", None)


def seal(app: Chalice) -> None:
    """See that all routes have a policy; called when all are registered.

    ``chalice deploy`` imports the app first, so one that has not cannot be deployed.

    Raises:
        UnguardedRouteError: one has none.
    """
    for method, path, policy in policies(app):
        if policy is None:
            raise UnguardedRouteError(f"{method} {path} has no policy; see chalicelib.http.routes")


@dataclass(frozen=True, slots=True)
class DeclaredRoute:
    """A route with all that is known of it."""

    method: str
    path: str
    name: str
    summary: str
    policy: Policy[Any]
    declared: Declared


def declared_routes(app: Chalice) -> Iterator[DeclaredRoute]:
    """All routes of a sealed app."""
    for method, path, view in _views(app):
        summary = (view.__doc__ or "").strip().partition("\n")[0].rstrip(".")
        yield DeclaredRoute(method, path, view.__name__, summary, view.policy, view.declared)


def _views(app: Chalice) -> Iterator[tuple[str, str, Any]]:
    for path, by_method in sorted(app.routes.items()):
        for method, entry in sorted(by_method.items()):
            yield method, path, entry.view_function
