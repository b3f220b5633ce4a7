"""The API without its stores: requests that are refused before any store is used."""

from __future__ import annotations

import importlib
import json
from typing import Any

import pytest
from chalice.test import Client, HTTPResponse

import app as api
from chalicelib.bootstrap.settings import SettingsError
from chalicelib.http.routing import all_routes

APPLY = "/v1/postings/01a20ecf-8a92-73e0-9454-11c808c1b646/applications"


@pytest.fixture
def http() -> Client:
    return Client(api.app)


def problem(response: HTTPResponse, status: int) -> dict[str, Any]:
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["X-Correlation-Id"]
    document: dict[str, Any] = json.loads(response.body)
    assert document["status"] == status
    assert document["type"].startswith("urn:hirelane:problem:")
    assert document["title"]
    return document


def post(http: Client, path: str, body: bytes, **headers: str) -> HTTPResponse:
    headers = {"Content-Type": "application/json"} | headers
    return http.http.post(path, headers=headers, body=body)


def test_live_function_answers(http: Client) -> None:
    response = http.http.get("/health/live")
    assert (response.status_code, json.loads(response.body)) == (200, {"live": True})


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"email": }'])
def test_body_that_is_not_json_is_refused(http: Client, body: bytes) -> None:
    assert problem(post(http, "/v1/accounts", body), 400)["type"].endswith("malformed-body")


GOOD = {"email": "ada@example.com", "name": "Ada", "password": "correct horse"}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "Ada\n"}, "name"),
        ({"name": " "}, "name"),
        ({"name": "Ada\nBcc: x"}, "name"),
        ({"password": "short"}, "password"),
        ({"password": "x" * 129}, "password"),
        ({"role": "admin"}, "role"),
    ],
    ids=str,
)
def test_invalid_field_is_named(http: Client, changed: dict[str, Any], field: str) -> None:
    body = json.dumps(GOOD | changed).encode()
    document = problem(post(http, "/v1/accounts", body), 422)
    assert document["errors"][0]["field"] == field


@pytest.mark.parametrize("field", list(GOOD))
@pytest.mark.parametrize("wrong", [None, {"$ne": None}, {"$where": "1"}, {"a.b": 1}, 12345678, []])
def test_field_of_another_json_type_is_refused(http: Client, field: str, wrong: Any) -> None:
    document = problem(post(http, "/v1/accounts", json.dumps(GOOD | {field: wrong}).encode()), 400)
    assert document["type"].endswith("wrong-type")
    assert document["errors"][0]["field"] == field


@pytest.mark.parametrize("field", list(GOOD))
def test_missing_field_is_named(http: Client, field: str) -> None:
    body = json.dumps({key: value for key, value in GOOD.items() if key != field}).encode()
    assert problem(post(http, "/v1/accounts", body), 422)["errors"][0]["field"] == field


def test_body_over_256_kib_is_refused(http: Client) -> None:
    problem(post(http, "/v1/accounts", b" " * (256 * 1024 + 1)), 413)


def test_other_content_type_is_refused(http: Client) -> None:
    problem(post(http, "/v1/accounts", b"a=b", **{"Content-Type": "text/plain"}), 415)


@pytest.mark.parametrize("header", [None, "", "Basic eA==", "Bearer", "Bearer "])
def test_apply_requires_a_token(http: Client, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    response = post(http, APPLY, b"{}", **headers)
    problem(response, 401)
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_unexpected_error_reveals_nothing(http: Client, caplog: pytest.LogCaptureFixture) -> None:
    """Without its settings in the environment the API cannot register anyone."""
    document = problem(post(http, "/v1/accounts", json.dumps(GOOD).encode()), 500)
    assert "detail" not in document
    assert "HIRELANE" not in json.dumps(document)
    [record] = [record for record in caplog.records if record.message == "request"]
    assert record.exc_info is not None
    assert record.exc_info[0] is SettingsError


def test_every_route_runs_its_policy() -> None:
    """Only ``Blueprint`` registers routes, and its handler runs the policy."""
    for methods in api.app.routes.values():
        for entry in methods.values():
            assert entry.view_function.__qualname__ == "Blueprint._handler.<locals>.handle"


def test_head_is_answered_where_everyone_may_get() -> None:
    public = {
        route.path
        for route in all_routes(api.app)
        if route.method == "GET" and route.policy.roles is None
    }
    assert {"/", "/health/live", "/v1/postings"} <= public
    assert {path for path, methods in api.app.routes.items() if "HEAD" in methods} == public


@pytest.mark.parametrize("path", ["/", "/health/live", "/openapi.json", "/assets/none/x.js"])
def test_head_has_the_headers_of_get_and_no_body(http: Client, path: str) -> None:
    whole, head = (http.http.request(method, path) for method in ("GET", "HEAD"))
    assert (head.status_code, head.body) == (whole.status_code, b"")
    different = {name for name in whole.headers if head.headers.get(name) != whole.headers[name]}
    assert different <= {"X-Correlation-Id"}
    assert head.headers.keys() == whole.headers.keys()


def test_every_view_can_be_imported() -> None:
    for route in all_routes(api.app):
        module = importlib.import_module(route.view.__module__)
        assert getattr(module, route.view.__name__) is route.view


def test_response_is_not_cached_by_default(http: Client) -> None:
    response = http.http.get("/health/live")
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
