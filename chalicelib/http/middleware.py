"""Middleware of every request: one log line, common headers, problem documents."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from chalicelib.auth.errors import Forbidden
from chalicelib.common.observability import count, log_request
from chalicelib.http.errors import (
    BodyTooLarge,
    HttpError,
    InternalError,
    MalformedBody,
    MethodNotAllowed,
    NotFound,
    UnsupportedMediaType,
)
from chalicelib.http.policies import has_policy
from chalicelib.http.requests import correlation_id
from chalicelib.http.responses import DATA_CSP, SECURITY_HEADERS, ProblemResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aws_lambda_powertools import Logger
    from chalice import Chalice, Response
    from chalice.app import Request

# The errors that Chalice answers by itself, by status.
CHALICE_ERRORS: Mapping[int, type[HttpError | Forbidden]] = {
    400: MalformedBody,
    403: Forbidden,
    404: NotFound,
    405: MethodNotAllowed,
    413: BodyTooLarge,
    415: UnsupportedMediaType,
}
CORRELATION_HEADER = "X-Correlation-Id"
# Headers of every response, which may replace them.
_HEADERS = {"Cache-Control": "no-store", "Content-Security-Policy": DATA_CSP, **SECURITY_HEADERS}


def install(
    app: Chalice, logger: Logger, check: Callable[[Request], None] = lambda request: None
) -> None:
    """Add the middleware to an app.

    It logs each request in one line, adds the security headers and the correlation id, and removes
    the body of an answer to HEAD.

    Args:
        app: the app.
        logger: writes the lines.
        check: raises HttpError if a request must not reach any route.
    """
    # Chalice logs its own errors through this attribute; this makes them JSON too.
    chalice: Any = app
    chalice.log = logger

    def handle(request: Request, get_response: Callable[[Any], Response]) -> Response:
        started = time.perf_counter()
        request_id = correlation_id(request)
        logger.set_correlation_id(request_id)
        response: Response
        if _is_unguarded(chalice, request):
            response = ProblemResponse(Forbidden("This route has no policy."))
        else:
            response = _refusal(check, request) or _as_problem(get_response(request))
        cause = response.cause if isinstance(response, ProblemResponse) else None
        response.headers = {
            **_HEADERS,
            **response.headers,
            CORRELATION_HEADER: request_id,
        }
        if request.method == "HEAD":
            body: Any = response.body
            response.body = body[:0]
        fields: dict[str, Any] = {
            "method": request.method,
            # Not the path, because that may hold an id or a token.
            "resource": request.context.get("resourcePath"),
            "status": response.status_code,
            "milliseconds": round((time.perf_counter() - started) * 1000, 1),
        }
        if response.status_code >= 400:
            count("request_failed", status=_status_class(response.status_code))
        if response.status_code < 500:
            log_request(logger, **fields)
        else:
            logger.error("request", exc_info=cause, **fields)
        return response

    app.register_middleware(handle, "http")


def _refusal(check: Callable[[Request], None], request: Request) -> Response | None:
    """Return the answer to a request that must not reach any route, or None."""
    try:
        check(request)
    except HttpError as error:
        return ProblemResponse(error)
    except Exception as error:
        return ProblemResponse(InternalError(), error)
    return None


def _status_class(status: int) -> str:
    """Return the class of an error, with a class of its own for refusals by a rate limit."""
    return "429" if status == 429 else f"{status // 100}xx"


def _is_unguarded(app: Any, request: Request) -> bool:
    """Return whether the route has no policy, although ``require_policies`` checks the app."""
    entry = app.routes.get(request.context.get("resourcePath"), {}).get(request.method)
    return entry is not None and not has_policy(entry.view_function)


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
