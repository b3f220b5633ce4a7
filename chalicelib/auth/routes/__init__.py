"""The routes of accounts, a module for each of their subjects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.auth.routes.accounts import account_routes
from chalicelib.auth.routes.admin import admin_routes
from chalicelib.auth.routes.keys import key_routes
from chalicelib.auth.routes.own_account import own_account_routes
from chalicelib.auth.routes.second_factor import second_factor_routes
from chalicelib.auth.routes.sessions import session_routes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chalice import Blueprint

    from chalicelib.auth.routes.dependencies import AuthServices
    from chalicelib.auth.routes.policies import RolePolicies


def auth_routes(
    services: Callable[[], AuthServices], policies: RolePolicies
) -> Iterator[Blueprint]:
    """The blueprints; ``services`` is called for each request, not before."""
    yield account_routes(services)
    yield session_routes(services, policies)
    yield own_account_routes(services, policies)
    yield second_factor_routes(services, policies)
    yield admin_routes(services, policies)
    yield key_routes(services)


__all__ = ["auth_routes"]
