"""Routes: method, path, policy, types and errors are declared beside the view.

A view is a plain function. It names what it needs as parameters, and a test can call it with
arguments of its own:

- the parameters of the path, as strings;
- ``caller``: what the policy returned;
- ``body``, ``query``: validated models of the types that the route declares;
- ``idempotency_key``: the key of the request, or None, if the route is ``idempotent``;
- ``request``: Chalice's request;
- ``services``: the services that ``Blueprint.connect`` provides.

It returns a Chalice response, or the body of the route's first status.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Required, TypedDict, Unpack

import chalice
from chalice import Response

from chalicelib.common.errors import DomainError
from chalicelib.common.outages import STORE_ERRORS, explain_outage
from chalicelib.http.errors import HttpError, InternalError, ServiceUnavailable
from chalicelib.http.idempotency import read_idempotency_key
from chalicelib.http.origins import require_own_origin
from chalicelib.http.policies import answered_methods
from chalicelib.http.requests import read_body, read_query, require_json
from chalicelib.http.responses import (
    JSON,
    ProblemResponse,
    conditional_response,
    json_response,
    no_content,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chalice import Chalice
    from chalice.app import Request

    from chalicelib.http.policies import Policy, VerifyToken
    from chalicelib.http.problems import AnyError

    View = Callable[..., Any]


class RouteOptions(TypedDict, total=False):
    """The declaration of a route. The OpenAPI document is generated from it.

    Args:
        policy: decides who may call the route.
        response: the type of the body by status; None for no body.
        body: the type of the request's body.
        body_optional: whether the body may be absent.
        query: the type of the query, with a field for each parameter.
        errors: the errors that only this route raises; those of its policy and of all routes with
            a body or a query are known.
        headers: names and descriptions of headers in the response.
        idempotent: whether the route accepts an Idempotency-Key.
        conditional: whether the response has an ETag and honours If-None-Match.
        media_type: of the response.
        needs_stores: whether the route is unavailable without Redis or without MongoDB.
        cookie: name of a cookie that a client may send in place of a field of the body.
    """

    policy: Required[Policy]
    response: Required[Mapping[int, Any]]
    body: Any
    body_optional: bool
    query: Any
    errors: tuple[type[AnyError], ...]
    headers: Mapping[str, str]
    idempotent: bool
    conditional: bool
    media_type: str
    needs_stores: bool
    cookie: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A route with its declaration; see ``RouteOptions``."""

    method: str
    path: str
    view: View
    policy: Policy
    response: Mapping[int, Any]
    body: Any = None
    body_optional: bool = False
    query: Any = None
    errors: tuple[type[AnyError], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    idempotent: bool = False
    conditional: bool = False
    media_type: str = JSON
    needs_stores: bool = True
    cookie: str | None = None

    def arguments(self, request: Request, verify_token: VerifyToken) -> dict[str, Any]:
        """Authorize a request and validate its parts. The policy comes before the content."""
        require_json(request)
        arguments: dict[str, Any] = {
            "request": request,
            "caller": self.policy.authorize(request, verify_token),
        }
        if self.body is not None:
            arguments["body"] = read_body(request, self.body, optional=self.body_optional)
        if self.query is not None:
            arguments["query"] = read_query(request, self.query)
        if self.idempotent:
            arguments["idempotency_key"] = read_idempotency_key(request)
        return arguments

    def respond(self, request: Request, result: Any) -> Response:
        """Return the response for the result of a view."""
        if isinstance(result, Response):
            response = result
        else:
            status = next(iter(self.response))
            response = no_content() if result is None else json_response(result, status)
        return conditional_response(request, response) if self.conditional else response


class Blueprint(chalice.Blueprint):
    """Routes of one subject. No route can be registered without a policy."""

    def __init__(self, import_name: str) -> None:
        super().__init__(import_name)
        self._services: Callable[[], Any] = self._not_connected
        self._verify_token: VerifyToken = self._not_connected
        self._public_url: Callable[[], str] = self._not_connected
        self._on_outage: Callable[[], None] = lambda: None

    def connect(
        self,
        services: Callable[[], Any],
        verify_token: VerifyToken,
        public_url: Callable[[], str],
        on_outage: Callable[[], None] = lambda: None,
    ) -> None:
        """Provide what the views and policies need; called once, before any request.

        Args:
            services: returns the services. Called for each request whose view needs them.
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

    def delete[V: View](self, path: str, **options: Unpack[RouteOptions]) -> Callable[[V], V]:
        """Register a view for DELETE."""
        return self._register("DELETE", path, options)

    def _register[V: View](self, method: str, path: str, options: RouteOptions) -> Callable[[V], V]:
        def register(view: V) -> V:
            route = Route(method=method, path=path, view=view, **options)
            methods = answered_methods(method, route.policy)
            self.route(path, methods=methods, name=view.__name__)(self._handler(route))
            return view

        return register

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
                arguments = route.arguments(request, self._verify_token)
                if "services" in names:
                    arguments["services"] = self._services()
                given = {name: arguments[name] for name in names}
                return route.respond(request, route.view(**path_parameters, **given))
            except (DomainError, HttpError) as error:
                return ProblemResponse(error, error.__cause__)
            except STORE_ERRORS as error:
                self._on_outage()
                return ProblemResponse(ServiceUnavailable(explain_outage(error)), error)
            except Exception as error:
                return ProblemResponse(InternalError(), error)

        handle.__name__ = route.view.__name__
        handle.__doc__ = route.view.__doc__
        handle.route = route  # type: ignore[attr-defined]
        return handle

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
