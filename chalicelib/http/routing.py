"""Routes: method, path, policy, types and errors are declared beside the view.

A view is a plain function. It names what it needs as parameters, and a test can call it with
arguments of its own:

- the parameters of the path, as strings;
- ``caller``: what the policy returned;
- ``body``, ``query``: validated models of the types that the route declares;
- ``idempotency_key``: the key of the request, or None, if the route is ``idempotent``;
- ``if_match``: the versions (``ExpectedVersions``) that the client has seen, if the route is
  ``versioned``;
- ``request``: Chalice's request;
- ``services``: the services that ``Blueprint.connect`` provides.

It returns a Chalice response, or the body of the route's first status.
"""

from __future__ import annotations

import inspect
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Unpack, override

import chalice
from chalice import Response

from chalicelib.common.errors import DomainError
from chalicelib.common.outages import explain_outage, store_errors
from chalicelib.http.errors import HttpError, InternalError, ServiceUnavailable
from chalicelib.http.origins import require_own_origin
from chalicelib.http.policies import answered_methods
from chalicelib.http.responses import ProblemResponse
from chalicelib.http.route import Route

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalice import Chalice

    from chalicelib.http.policies import VerifyToken
    from chalicelib.http.problems import AnyError
    from chalicelib.http.route import RouteOptions, View


class Blueprint(chalice.Blueprint):
    """Routes of one subject. No route can be registered without a policy."""

    def __init__(self, import_name: str) -> None:
        super().__init__(import_name)
        self._services: Callable[[], Any] = self._not_connected
        self._verify_token: VerifyToken = self._not_connected
        self._public_url: Callable[[], str] = self._not_connected
        self._on_outage: Callable[[], None] = lambda: None
        self._handlers: list[tuple[Route, Callable[..., Response]]] = []

    def connect(
        self,
        services: Callable[[], Any],
        verify_token: VerifyToken,
        public_url: Callable[[], str],
        on_outage: Callable[[], None] = lambda: None,
    ) -> None:
        """Provide what the views and policies need; called once, before any request.

        Args:
            services: returns the services. Called for each request whose view or policy needs
                them.
            verify_token: returns the caller whom an access token names.
            public_url: returns the URL of the web client; see ``require_own_origin``.
            on_outage: called when a request failed because of Redis or MongoDB.
        """
        self._services = services
        self._verify_token = verify_token
        self._public_url = public_url
        self._on_outage = on_outage

    def get[V: View](self, path: str, **options: Unpack[RouteOptions]) -> Callable[[V], V]:
        """Register a view for GET."""
        return self._register("GET", path, options)

    def post[V: View](self, path: str, **options: Unpack[RouteOptions]) -> Callable[[V], V]:
        """Register a view for POST."""
        return self._register("POST", path, options)

    def put[V: View](self, path: str, **options: Unpack[RouteOptions]) -> Callable[[V], V]:
        """Register a view for PUT."""
        return self._register("PUT", path, options)

    def patch[V: View](self, path: str, **options: Unpack[RouteOptions]) -> Callable[[V], V]:
        """Register a view for PATCH."""
        return self._register("PATCH", path, options)

    def delete[V: View](self, path: str, **options: Unpack[RouteOptions]) -> Callable[[V], V]:
        """Register a view for DELETE."""
        return self._register("DELETE", path, options)

    def _register[V: View](self, method: str, path: str, options: RouteOptions) -> Callable[[V], V]:
        def register(view: V) -> V:
            route = Route(method=method, path=path, view=view, **options)
            self._handlers.append((route, self._handler(route)))
            return view

        return register

    @override
    def register(self, app: Chalice, options: dict[str, Any]) -> None:
        """Register the routes with an app; can be repeated after a failure.

        Chalice's blueprint would forget the methods of a route at the first attempt, and register
        it for GET at the second one.
        """
        super().register(app, options)
        for route, handle in self._handlers:
            methods = answered_methods(route.method, route.policy)
            app.route(route.path, methods=methods, name=handle.__name__)(handle)

    def _handler(self, route: Route) -> Callable[..., Response]:
        """Return the function that Chalice calls for a route.

        It answers every error: 503 if a store cannot be reached, and 500 without the error's text
        for an unexpected one.
        """
        names = _parameters(route)

        def handle(**path_parameters: str) -> Response:
            request: Any = self.current_request
            try:
                require_own_origin(request, self._public_url)
                arguments = route.arguments(request, self._verify_token, self._services)
                if "services" in names:
                    arguments["services"] = self._services()
                given = {name: arguments[name] for name in names}
                return route.respond(request, route.view(**path_parameters, **given))
            except (DomainError, HttpError) as error:
                return self._error_response(route, error, error.__cause__)
            except store_errors() as error:
                self._on_outage()
                return self._error_response(route, ServiceUnavailable(explain_outage(error)), error)
            except Exception as error:
                return self._error_response(route, InternalError(), error)

        handle.__name__ = route.view.__name__
        handle.__doc__ = route.view.__doc__
        handle.route = route  # type: ignore[attr-defined]
        return handle

    def _error_response(
        self, route: Route, error: AnyError, cause: BaseException | None
    ) -> ProblemResponse:
        response = ProblemResponse(error, cause)
        if route.error_page is not None and response.status_code >= 500:
            # If the settings cannot be read, there is no page either.
            with suppress(Exception):
                response.show_as(route.error_page(self._services(), response.status_code))
        return response

    def _not_connected(self, *arguments: Any) -> Any:
        raise RuntimeError(f"connect() was not called for the routes of {self._import_name}")


def _parameters(route: Route) -> set[str]:
    """Return the names of a view's parameters without those of the path.

    Raises:
        TypeError: the view lacks a parameter of the path, or names something that it cannot get.
    """
    names = set(inspect.signature(route.view).parameters)
    in_path = set(re.findall(r"{(\w+)}", route.path))
    available = {"request", "caller", "services"}
    available |= {name for name in ("body", "query") if getattr(route, name) is not None}
    if route.idempotent:
        available.add("idempotency_key")
    if route.versioned:
        available.add("if_match")
    for wrong in sorted((in_path - names) | (names - in_path - available)):
        raise TypeError(f"{route.method} {route.path}: the parameter {wrong!r} of the view or path")
    return names - in_path


def all_routes(app: Chalice) -> list[Route]:
    """Return the routes of an app, sorted by path and method; each once, without its HEAD.

    Raises:
        AttributeError: one was not registered by a ``Blueprint`` of this module.
    """
    handlers: list[Any] = [
        entry.view_function
        for _, by_method in sorted(app.routes.items())
        for method, entry in sorted(by_method.items())
        if method != "HEAD"
    ]
    return [handler.route for handler in handlers]
