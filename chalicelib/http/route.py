"""The declaration of a route: policy, types and errors, and how its requests are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Required, TypedDict

import msgspec
from chalice import Response

from chalicelib.http.idempotency import read_idempotency_key
from chalicelib.http.preconditions import read_expected_versions
from chalicelib.http.requests import BODY_LIMIT_BYTES, read_body, read_query, require_json
from chalicelib.http.responses import JSON, conditional_response, json_response, no_content

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chalice.app import Request

    from chalicelib.http.policies import GetServices, Policy, VerifyToken
    from chalicelib.http.problems import AnyError

    View = Callable[..., Any]
    ErrorPage = Callable[[Any, int], Response]


class RouteOptions(TypedDict, total=False):
    """The declaration of a route. The OpenAPI document is generated from it.

    Args:
        policy: decides who may call the route.
        response: the type of the body by status; None for no body.
        body: the type of the request's body.
        body_optional: whether the body may be absent.
        body_limit: the most bytes of a body.
        query: the type of the query, with a field for each parameter.
        errors: the errors that only this route raises; those of its policy and of all routes with
            a body or a query are known.
        headers: names and descriptions of headers in the response.
        idempotent: whether the route accepts an Idempotency-Key.
        conditional: whether the response has an ETag and honours If-None-Match.
        versioned: whether the route changes a document only in the version that If-Match names. It
            answers 428 without the header; the view raises VersionConflict.
        version_optional: whether a versioned route makes the change in any version if the header is
            absent.
        media_type: of the response.
        needs_stores: whether the route is unavailable without Redis or without MongoDB.
        cookie: name of a cookie that a client may send in place of a field of the body.
        error_page: returns the page for an error of the server, from the services and the status,
            where browsers show the response. Other errors are problem documents.
    """

    policy: Required[Policy]
    response: Required[Mapping[int, Any]]
    body: Any
    body_optional: bool
    body_limit: int
    query: Any
    errors: tuple[type[AnyError], ...]
    headers: Mapping[str, str]
    idempotent: bool
    conditional: bool
    versioned: bool
    version_optional: bool
    media_type: str
    needs_stores: bool
    cookie: str
    error_page: ErrorPage


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """A route with its declaration; see ``RouteOptions``."""

    method: str
    path: str
    view: View
    policy: Policy
    response: Mapping[int, Any]
    body: Any = None
    body_optional: bool = False
    body_limit: int = BODY_LIMIT_BYTES
    query: Any = None
    errors: tuple[type[AnyError], ...] = ()
    headers: Mapping[str, str] = {}
    idempotent: bool = False
    conditional: bool = False
    versioned: bool = False
    version_optional: bool = False
    media_type: str = JSON
    needs_stores: bool = True
    cookie: str | None = None
    error_page: ErrorPage | None = None

    def arguments(
        self, request: Request, verify_token: VerifyToken, services: GetServices
    ) -> dict[str, Any]:
        """Authorize a request and validate its parts. The policy comes before the content."""
        require_json(request)
        arguments: dict[str, Any] = {
            "request": request,
            "caller": self.policy.authorize(request, verify_token, services),
        }
        if self.body is not None:
            arguments["body"] = read_body(
                request, self.body, optional=self.body_optional, most_bytes=self.body_limit
            )
        if self.query is not None:
            arguments["query"] = read_query(request, self.query)
        if self.idempotent:
            arguments["idempotency_key"] = read_idempotency_key(request)
        if self.versioned:
            arguments["if_match"] = read_expected_versions(request, optional=self.version_optional)
        return arguments

    def respond(self, request: Request, result: Any) -> Response:
        """Return the response for the result of a view."""
        if isinstance(result, Response):
            response = result
        else:
            status = next(iter(self.response))
            response = no_content() if result is None else json_response(result, status)
        return conditional_response(request, response) if self.conditional else response
