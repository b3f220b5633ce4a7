"""What happens around every request: one log line, problem documents, common headers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from chalicelib.errors import BY_STATUS, Forbidden, InternalError, Problem
from chalicelib.http.bodies import problem_answer
from chalicelib.http.headers import DATA_CSP, SECURITY

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
        cause: BaseException | None = None
        try:
            _refuse_unguarded(chalice, request)
            response = _problem_of_chalice(get_response(request))
        except Problem as problem:
            cause = problem.__cause__
            response = problem_answer(problem)
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


def _refuse_unguarded(app: Any, request: Request) -> None:
    """A route without a policy is closed, should one have slipped past the build."""
    entry = app.routes.get(request.context.get("resourcePath"), {}).get(request.method)
    if entry is not None and getattr(entry.view_function, "policy", None) is None:
        raise Forbidden("Nobody said who may call this.")


def _problem_of_chalice(response: Response) -> Response:
    """Chalice's own errors (no such method, wrong content type, ...) as problem documents."""
    if response.status_code < 400 or not isinstance(response.body, dict):
        return response
    detail = str(response.body.get("Message", ""))
    kind: type[Problem] = BY_STATUS.get(response.status_code, InternalError)
    problem = kind("" if kind is InternalError else detail)
    answer = problem_answer(problem)
    answer.headers |= {
        name: str(value) for name, value in response.headers.items() if name != "Content-Type"
    }
    return answer
