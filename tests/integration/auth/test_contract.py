"""Routes read and answer what their declarations, and so the OpenAPI document, say.

All API tests check every answer against the document (tests/support/api.py). These tests also send
each route what it declares, and what it does not declare.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from chalice.test import Client, HTTPResponse

import app as api
from chalicelib.bootstrap.container import Container
from chalicelib.http.routing import all_routes
from tests.integration.auth.api_requests import problem_of, send
from tests.integration.auth.route_examples import (
    EXAMPLES,
    example_request,
    make_allowed_scene,
    route_policies,
)
from tests.integration.auth.test_store_outages import ANSWERED, NEED_FILES
from tests.support.api import check, document

DECLARED = {f"{route.method} {route.path}": route for route in all_routes(api.app)}


@pytest.mark.parametrize("name", route_policies())
def test_route_reads_and_answers_what_it_declares(
    http: Client, parts: Container, name: str
) -> None:
    """The valid request comes last, because the others change nothing."""
    declared = DECLARED[name]
    scene = make_allowed_scene(parts, name)
    method, path, body = example_request(name, scene, scene.me)
    token = scene.me.token
    answer = send(http, method, path, None, token, Content_Type="text/plain")
    problem_of(answer, 415, "unsupported-media-type")
    if declared.body:
        answer = send(http, method, path, {"nothing": "known"}, token)
        problem_of(answer, 422, "invalid-fields")
        if not declared.body_optional:
            answer = send(http, method, path, None, token)
            assert b"malformed-body" in answer.body

    mark = "&" if "?" in path else "?"
    if declared.query is not None:
        wrong = send(http, method, f"{path}{mark}nothing=known", body, token)
        assert problem_of(wrong, 422, "invalid-fields")["errors"][0]["field"] == "nothing"
        for parameter in declared.query.__struct_fields__:
            twice = f"{path}{mark}{parameter}=x&{parameter}=x"
            problem = problem_of(send(http, method, twice, body, token), 422, "invalid-fields")
            assert problem["errors"] == [{"field": parameter, "detail": "Give it once"}]
    if declared.idempotent:
        answer = send(http, method, path, body, token, Idempotency_Key="")
        problem_of(answer, 400, "invalid-idempotency-key")

    # A query and a key that are not declared are ignored.
    headers = {} if declared.idempotent else {"Idempotency_Key": ""}
    if declared.query is None:
        path = f"{path}{mark}nothing=known"
    answer = send(http, method, path, body, token, **headers)
    assert answer.status_code in declared.response
    has_version = declared.versioned and answer.status_code != 204
    assert ("ETag" in answer.headers) == (declared.conditional or has_version)
    assert ("Location" in answer.headers) == ("Location" in declared.headers)
    assert "Set-Cookie" not in answer.headers or "Set-Cookie" in declared.headers
    if declared.conditional:
        again = send(http, method, path, body, token, **headers, If_None_Match="*")
        assert again.status_code == 304


OPTIONAL_BODIES = [name for name, one in DECLARED.items() if one.body and one.body_optional]


@pytest.mark.parametrize("name", OPTIONAL_BODIES)
def test_optional_body_may_be_missing(http: Client, parts: Container, name: str) -> None:
    scene = make_allowed_scene(parts, name)
    method, path, _ = example_request(name, scene, scene.me)
    answer = send(http, method, path, None, scene.me.token)
    assert b"malformed-body" not in answer.body


def test_declared_body_models_match_the_examples() -> None:
    assert {name: one.body for name, one in DECLARED.items()} == {
        name: example.model for name, example in EXAMPLES.items()
    }


def test_declared_store_needs_match_the_outages() -> None:
    for name, one in DECLARED.items():
        unavailable = any(answered.get(name, 503) == 503 for answered in ANSWERED.values())
        unavailable |= name in NEED_FILES
        assert one.needs_stores == (unavailable and name != "GET /health/ready"), name


def live() -> dict[str, Any]:
    operation: dict[str, Any] = document()["paths"]["/health/live"]["get"]
    return operation


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (201, {"live": True}, {}),
        (200, {"live": 1}, {}),
        (200, {}, {}),
        (200, {"live": True, "more": 1}, {}),
        (200, {"live": True}, {"Content-Type": "text/html"}),
        (500, {"type": "x", "title": "x", "status": 500}, {}),
    ],
)
def test_undeclared_answer_fails_the_check(status: int, body: Any, headers: dict[str, str]) -> None:
    common = {"Content-Type": "application/json", "X-Correlation-Id": "1"}
    good = HTTPResponse(b'{"live":true}', common, 200)
    check(live(), good)
    with pytest.raises(AssertionError):
        check(live(), HTTPResponse(json.dumps(body).encode(), common | headers, status))


def test_missing_header_fails_the_check() -> None:
    answer = HTTPResponse(b'{"live":true}', {"Content-Type": "application/json"}, 200)
    with pytest.raises(AssertionError, match="X-Correlation-Id"):
        check(live(), answer)
