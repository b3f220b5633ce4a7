"""The OpenAPI document: it is one, and it tells of all routes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chalice import Blueprint
from chalice.test import Client
from openapi_spec_validator import OpenAPIV31SpecValidator

import app as api
from chalicelib.errors import BY_STATUS
from chalicelib.http.routes import Anyone, policies, route

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def document() -> Any:
    answer = Client(api.app).http.get("/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = json.loads(answer.body)
    return found


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, by_method in document["paths"].items()
        for method, operation in by_method.items()
    }


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for one in value.values():
            yield from references(one)
    elif isinstance(value, list):
        for one in value:
            yield from references(one)


def test_it_is_a_valid_document(document: Any) -> None:
    assert document["openapi"] == "3.1.0"
    assert [str(error) for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_the_validator_would_notice(document: Any) -> None:
    broken = json.loads(json.dumps(document))
    del broken["paths"]["/v1/postings"]["get"]["responses"]["200"]["description"]
    assert list(OpenAPIV31SpecValidator(broken).iter_errors())


def test_it_has_every_route_and_no_other(document: Any) -> None:
    routes = {f"{method} {path}" for method, path, _ in policies(api.app)}
    assert set(operations(document)) == routes


def test_all_that_it_refers_to_is_there(document: Any) -> None:
    found = set(references(document))
    assert len(found) > 20
    names = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert found == names


def test_every_operation_has_its_own_id_and_words(document: Any) -> None:
    found = operations(document).values()
    assert len({one["operationId"] for one in found}) == len(found)
    assert all(len(one["summary"]) > 5 for one in found)


def test_who_may_call_is_what_the_policy_says(document: Any) -> None:
    for method, path, policy in policies(api.app):
        operation = document["paths"][path][method.lower()]
        assert policy is not None
        assert ("security" in operation) == (policy.roles is not None)
        assert ("401" in operation["responses"]) >= (policy.roles is not None)


def test_every_problem_is_one_of_ours(document: Any) -> None:
    listed = (DOCS / "api.md").read_text()
    for name, operation in operations(document).items():
        for status, response in operation["responses"].items():
            content = response.get("content", {}).get("application/problem+json")
            if content is None:
                continue
            kinds = content["schema"]["allOf"][1]["properties"]["type"]["enum"]
            assert kinds, name
            for kind in kinds:
                assert f"`{kind.removeprefix('urn:hirelane:problem:')}`" in listed, kind
            assert int(status) in {410, 422, 429, 503, *BY_STATUS, 401, 409, 500}


def test_the_reference_for_people_has_the_same_routes(document: Any) -> None:
    rows = re.findall(r"^\| `([A-Z]+ [^`]+)` \|", (DOCS / "api.md").read_text(), re.MULTILINE)
    told = {re.sub(r"{\w+}", "{}", row.partition("?")[0]) for row in rows}
    pages = {"GET /", "GET /assets/{}/{}", "GET /assets/{}/{}/{}"}
    assert told | pages == {re.sub(r"{\w+}", "{}", name) for name in operations(document)}


def test_who_has_it_is_not_sent_it_again() -> None:
    http = Client(api.app).http
    tag = http.get("/openapi.json").headers["ETag"]
    answer = http.get("/openapi.json", headers={"If-None-Match": tag})
    assert (answer.status_code, answer.body) == (304, b"")


def test_a_route_that_says_nothing_of_itself_cannot_be_registered() -> None:
    register: Any = route
    with pytest.raises(TypeError, match="declared"):
        register(Blueprint(__name__), "GET", "/x", policy=Anyone("x"))
