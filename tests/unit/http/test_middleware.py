"""The middleware: security headers, problem documents, and routes without a policy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from chalice import BadRequestError, Response
from chalice.test import Client, HTTPResponse

from chalicelib.common.errors import TooManyRequests
from chalicelib.common.observability import make_logger
from chalicelib.http import middleware
from chalicelib.http.api import Api
from chalicelib.http.errors import NotFound
from chalicelib.http.policies import PublicPolicy
from chalicelib.http.responses import DATA_CSP, SECURITY_HEADERS, json_response
from chalicelib.http.routing import Blueprint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalice.app import Request

    from chalicelib.http.route import RouteOptions

EXPECTED = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


def app_of_tests() -> tuple[Api, list[str]]:
    """Return an app with the middleware, and a list of its bare routes that were called."""
    made = Api("of-tests")
    middleware.install(made, make_logger("of-tests"))
    blueprint = Blueprint("of_tests")
    options: RouteOptions = {"policy": PublicPolicy("x"), "response": {200: dict}}
    done: list[str] = []

    @blueprint.get("/good", **options)
    def good() -> Response:
        return json_response({"good": True})

    @blueprint.get("/page", **options)
    def page() -> Response:
        own = {"Cache-Control": "public", "Content-Security-Policy": "default-src 'self'"}
        return json_response("", headers=own)

    @blueprint.get("/missing", **options)
    def missing() -> Response:
        raise NotFound("It is not here.")

    @blueprint.get("/broken", **options)
    def broken() -> Response:
        raise ValueError("a secret")

    @blueprint.get("/limited", **options)
    def limited() -> Response:
        raise TooManyRequests("Too many attempts.", 1)

    @blueprint.get("/two-lines", **options)
    def two_lines() -> Response:
        return json_response({}, headers={"Location": "/x\nSet-Cookie: a=b"})

    @blueprint.post("/good", **options)
    def post() -> Response:
        return json_response({})

    @made.route("/bare", methods=["GET", "DELETE"])
    def bare() -> str:
        done.append("bare")
        return "done"

    @made.route("/bare/{name}")
    def bare_too(name: str) -> str:
        done.append(name)
        raise BadRequestError("never")

    made.register_blueprint(blueprint)
    return made, done


def ask(method: str, path: str, headers: Mapping[str, str] | None = None) -> HTTPResponse:
    made, done = app_of_tests()
    response = Client(made).http.request(method, path, headers=dict(headers or {}))
    assert done == []
    return response


def has_the_headers(response: HTTPResponse, **others: str) -> None:
    for name, value in (EXPECTED | others).items():
        assert response.headers[name] == value, name
    assert response.headers["X-Correlation-Id"]


def problem(response: HTTPResponse, status: int, slug: str) -> dict[str, Any]:
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json"
    has_the_headers(response)
    document: dict[str, Any] = json.loads(response.body)
    assert document["type"] == f"urn:hirelane:problem:{slug}"
    assert document["status"] == status
    return document


def test_security_headers_are_these() -> None:
    rest = {"Cache-Control": "no-store", "Content-Security-Policy": DATA_CSP}
    assert SECURITY_HEADERS | rest == EXPECTED


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/bare"), ("DELETE", "/bare"), ("GET", "/bare/x")]
)
def test_route_without_a_policy_is_forbidden(method: str, path: str) -> None:
    document = problem(ask(method, path), 403, "forbidden")
    assert document["detail"] == "This route has no policy."


def test_success_has_the_security_headers() -> None:
    response = ask("GET", "/good")
    assert response.status_code == 200
    assert json.loads(response.body) == {"good": True}
    has_the_headers(response)


def test_response_can_override_a_header() -> None:
    response = ask("GET", "/page")
    assert response.headers["Cache-Control"] == "public"
    assert response.headers["Content-Security-Policy"] == "default-src 'self'"
    assert response.headers["X-Frame-Options"] == "DENY"


def test_problem_has_the_security_headers() -> None:
    document = problem(ask("GET", "/missing"), 404, "not-found")
    assert document["detail"] == "It is not here."


@pytest.mark.parametrize("path", ["/broken", "/two-lines"])
def test_unexpected_error_has_the_security_headers(path: str) -> None:
    response = ask("GET", path)
    assert "detail" not in problem(response, 500, "internal-error")
    assert b"secret" not in response.body


def test_error_in_a_middleware_is_answered() -> None:
    made, _ = app_of_tests()

    def fail(request: Request, get_response: object) -> Response:
        raise ValueError("a secret")

    made.register_middleware(fail, "http")
    response = Client(made).http.get("/good")
    assert response.status_code == 500
    assert b"secret" not in response.body


def test_415_has_the_security_headers() -> None:
    headers = {"Content-Type": "text/plain"}
    made, _ = app_of_tests()
    response = Client(made).http.post("/good", headers=headers, body=b"x")
    problem(response, 415, "unsupported-media-type")


def test_chalice_405_has_the_security_headers() -> None:
    """Chalice answers this request by itself."""
    problem(ask("PATCH", "/good"), 405, "method-not-allowed")


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/good", []), ("/missing", ["4xx"]), ("/limited", ["429"]), ("/broken", ["5xx"])],
)
def test_failed_request_is_counted_by_its_class(
    path: str, expected: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    ask("GET", path)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    assert [line["status"] for line in lines if "request_failed" in line] == expected
