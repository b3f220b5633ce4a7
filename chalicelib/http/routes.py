"""Declaring a route: its method, its path and, always, who may call it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from pymongo.errors import PyMongoError
from redis.exceptions import RedisError

from chalicelib.errors import InternalError, Problem, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalice import Blueprint, Response
    from chalice.app import Request


class Policy[Caller](Protocol):
    """Decides who a caller is, or raises Unauthenticated or Forbidden."""

    def __call__(self, request: Request, /) -> Caller:
        """The caller of this request."""


def route[Caller](
    blueprint: Blueprint, method: str, path: str, *, policy: Policy[Caller]
) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    """Register a view ``view(request, caller, **path_parameters)`` on a blueprint.

    The policy runs first; a view cannot be registered without one. A server that is down becomes a
    503 here, at one place, and an error nobody foresaw becomes a 500 without its text.
    """

    def register(view: Callable[..., Response]) -> Callable[..., Response]:
        def guarded(**path_parameters: str) -> Response:
            request: Any = blueprint.current_request
            try:
                return view(request, policy(request), **path_parameters)
            except Problem:
                raise
            except RedisError as error:
                raise Unavailable("The queue cannot be reached.") from error
            except PyMongoError as error:
                raise Unavailable("The database cannot be reached.") from error
            except Exception as error:
                raise InternalError from error

        guarded.__name__ = view.__name__
        guarded.__doc__ = view.__doc__
        blueprint.route(path, methods=[method], name=view.__name__)(guarded)
        return view

    return register


def anyone(request: Request) -> None:
    """The policy of routes open to all."""
