"""What happens around every request: one log line, problem documents, common headers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from chalicelib.auth.errors import Forbidden
from chalicelib.http.bodies import ProblemResponse
from chalicelib.http.errors import InternalError
from chalicelib.http.headers import DATA_CSP, SECURITY
from chalicelib.http.problems import CHALICE_ERRORS

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools import Logger
    from chalice import Chalice, Response
    from chalice.app import Request

CORRELATION_HEADER = "X-Correlation-Id"


def correlation_id(request: Request) -> str:
    """The id API Gateway gave the request."""
    return str(request.context.get("requestId", "")) or "none"


def install(app: Chalice, logger: Logger) -> None:
    """Put the middleware around every route of an app."""
    # Chalice logs errors it meets itself through this attribute: let those be JSON too.
    chalice: Any = app
    chalice.log = logger

    def around(request: Request, get_response: Callable[[Any], Response]) -> Response:
        started = time.perf_counter()
        logger.set_correlation_id(correlation_id(request))
        response: Response
        if _is_unguarded(chalice, request):
            response = ProblemResponse(Forbidden("This route has no policy."))
        else:
            response = _as_problem(get_response(request))
        cause = response.cause if isinstance(response, ProblemResponse) else None
        response.headers = {
            "Cache-Control": "no-store",
            "Content-Security-Policy": DATA_CSP,
            **SECURITY,
            **response.headers,
            CORRELATION_HEADER: correlation_id(request),
        }
        log = logger.info if response.status_code < 500 else logger.error
        log(
            "request",
            method=request.method,
            # The resource, not the path: it names no person's things.
            resource=request.context.get("resourcePath"),
            status=response.status_code,
            milliseconds=round((time.perf_counter() - started) * 1000, 1),
            exc_info=cause if response.status_code >= 500 else None,
        )
        return response

    app.register_middleware(around, "http")


def _is_unguarded(app: Any, request: Request) -> bool:
    """Return whether the route has no policy. ``seal`` finds such routes before a deployment."""
    entry = app.routes.get(request.context.get("resourcePath"), {}).get(request.method)
    return entry is not None and getattr(entry.view_function, "policy", None) is None


def _as_problem(response: Response) -> Response:
    """Turn an error that Chalice answers by itself (405, 415, ...) into a problem document."""
    if response.status_code < 400 or not isinstance(response.body, dict):
        return response
    detail = str(response.body.get("Message", ""))
    error = CHALICE_ERRORS.get(response.status_code, InternalError)
    answer = ProblemResponse(error("" if error is InternalError else detail))
    answer.headers |= {
        name: str(value) for name, value in response.headers.items() if name != "Content-Type"
    }
    return answer
