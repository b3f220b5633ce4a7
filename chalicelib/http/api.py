"""The Chalice application of the API."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from chalice import Chalice, Response
from chalice.app import CaseInsensitiveMapping, Request

from chalicelib.http.errors import InternalError
from chalicelib.http.policies import has_policy
from chalicelib.http.responses import ProblemResponse

if TYPE_CHECKING:
    from collections.abc import Mapping


class _Headers(CaseInsensitiveMapping):
    """Headers of a request. ``Mapping.get`` would raise and catch an error for each absent one."""

    def get(self, key: str, default: Any = None) -> Any:
        return self._dict.get(key.lower(), default)


class _Request(Request):
    """A request of API Gateway. Chalice would read the headers into a mapping of its own first."""

    def __init__(self, event: dict[str, Any], context: Any) -> None:
        super().__init__({**event, "headers": None}, context)
        self._event_dict = event
        self.headers = _Headers(event["headers"])


class Api(Chalice):
    """An app that calls the handlers of its routes directly. No response is binary.

    Chalice compares the types of each request and response with lists of types, although handlers
    check them more strictly (``require_json``). ADR 30 says what that costs. Chalice still answers
    requests without a route, and those whose route has no policy.

    Args:
        app_name: the name of the Chalice project.
    """

    def __init__(self, app_name: str) -> None:
        super().__init__(app_name, configure_logs=False)
        self.api.binary_types = []

    def __call__(self, event: Any, context: Any) -> dict[str, Any]:
        """Answer an event of API Gateway. Every error becomes a response."""
        request_context = event.get("requestContext", {})
        by_method: Mapping[str, Any] = self.routes.get(request_context.get("resourcePath"), {})
        entry = by_method.get(request_context.get("httpMethod"))
        if entry is None or not has_policy(entry.view_function):
            return super().__call__(event, context)
        self.lambda_context = context
        self.current_request = request = _Request(event, context)
        path_parameters = {name: event["pathParameters"][name] for name in entry.view_args}
        respond = partial(_respond, entry.view_function, path_parameters)
        return _to_answer(self._answer(request, respond))

    def _answer(self, request: Request, respond: Any) -> Response:
        """Return the response of a handler after all middleware."""
        try:
            for middleware, kind in reversed(self.middleware_handlers):
                if kind in ("all", "http"):
                    respond = partial(_call_middleware, middleware, respond)
            response: Response = respond(request)
        except Exception as error:
            self.log.exception("middleware failed")
            return ProblemResponse(InternalError(), error)
        return response


def _to_answer(response: Response) -> dict[str, Any]:
    """Return a response as API Gateway reads it, as ``Response.to_dict`` does for a text."""
    headers: dict[str, Any] = dict(response.headers)
    lists = {name: value for name, value in headers.items() if isinstance(value, list)}
    for name in lists:
        del headers[name]
    return {
        "headers": headers,
        "multiValueHeaders": lists,
        "statusCode": response.status_code,
        "body": response.body,
    }


def _call_middleware(middleware: Any, respond: Any, request: Request) -> Response:
    response: Response = middleware(request, respond)
    return response


def _respond(handler: Any, path_parameters: dict[str, str], request: Request) -> Response:
    """Return the response of a handler, or a problem if one of its headers has a line feed."""
    response: Response = handler(**path_parameters)
    for value in response.headers.values():
        if "\n" in value:
            return ProblemResponse(InternalError(), ValueError("a header has a line feed"))
    return response
