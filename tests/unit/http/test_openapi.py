"""The OpenAPI document: valid, complete, and in agreement with docs/api.md."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chalice import Chalice
from chalice.test import Client
from openapi_spec_validator import OpenAPIV31SpecValidator

import app as api
from chalicelib.auth.models import Role
from chalicelib.http import openapi
from chalicelib.http.policies import PublicPolicy
from chalicelib.http.routing import Blueprint, all_routes
from chalicelib.recruiting.applications.models import ApplicationStatus
from chalicelib.recruiting.postings.models import Posting

REFERENCE = (Path(__file__).parents[3] / "docs" / "api.md").read_text()


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


def declared_problems(response: dict[str, Any]) -> tuple[list[str], int]:
    """Return the problem types that a response declares, and their status."""
    properties = response["content"]["application/problem+json"]["schema"]["allOf"][1]["properties"]
    return properties["type"]["enum"], properties["status"]["const"]


def kinds_of(document: dict[str, Any], name: str, status: int) -> list[str]:
    """Return the problem types that a route declares for a status, which may be none."""
    response = operations(document)[name]["responses"].get(str(status))
    if response is None:
        return []
    component = response["$ref"].rpartition("/")[2]
    kinds, declared_status = declared_problems(document["components"]["responses"][component])
    assert declared_status == status
    return kinds


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for one in value.values():
            yield from references(one)
    elif isinstance(value, list):
        for one in value:
            yield from references(one)


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object in a JSON document."""
    if isinstance(value, dict):
        yield value
    for child in value.values() if isinstance(value, dict) else value:
        if isinstance(child, dict | list):
            yield from objects(child)


def test_document_is_valid(document: Any) -> None:
    assert document["openapi"] == "3.1.0"
    assert [str(error) for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_every_pattern_has_a_description(document: Any) -> None:
    # The refusal of a value shows it in place of the regular expression.
    schemas = [schema for schema in objects(document) if isinstance(schema.get("pattern"), str)]
    assert schemas
    assert [schema for schema in schemas if not schema.get("description")] == []


def test_validator_finds_an_invalid_document(document: Any) -> None:
    broken = json.loads(json.dumps(document))
    del broken["paths"]["/v1/postings"]["get"]["responses"]["200"]["description"]
    assert next(OpenAPIV31SpecValidator(broken).iter_errors(), None)


def test_document_has_exactly_the_routes_of_the_app(document: Any) -> None:
    routes = {f"{route.method} {route.path}" for route in all_routes(api.app)}
    assert set(operations(document)) == routes


def test_references_and_components_match(document: Any) -> None:
    found = set(references(document))
    assert len(found) > 20
    components = document["components"]
    assert found == {
        f"#/components/{kind}/{name}"
        for kind in components
        if kind != "securitySchemes"
        for name in components[kind]
    }
    named = {
        name
        for operation in operations(document).values()
        for one in operation.get("security", [])
        for name in one
    }
    assert named == set(components["securitySchemes"])
    assert components["securitySchemes"]["refreshCookie"]["name"] == "__Host-hirelane-refresh"


def test_operations_have_unique_ids_and_summaries(document: Any) -> None:
    found = operations(document).values()
    assert len({one["operationId"] for one in found}) == len(found)
    assert all(len(one["summary"]) > 5 for one in found)


def test_security_matches_the_policy(document: Any) -> None:
    for route in all_routes(api.app):
        operation = document["paths"][route.path][route.method.lower()]
        requires_token = operation.get("security") == [{"accessToken": []}]
        assert requires_token == (route.policy.roles is not None)
        assert ("401" in operation["responses"]) >= (route.policy.roles is not None)


def test_403_is_declared_only_where_a_role_is_forbidden(document: Any) -> None:
    everyone = frozenset(role.value for role in Role)
    for route in all_routes(api.app):
        kinds = kinds_of(document, f"{route.method} {route.path}", 403)
        forbidden = "urn:hirelane:problem:forbidden" in kinds
        assert forbidden == (route.policy.roles not in (None, everyone)), route.path


def test_every_problem_is_in_the_reference(document: Any) -> None:
    found = document["components"]["responses"]
    assert len(found) > 20
    for name, response in found.items():
        kinds, status = declared_problems(response)
        assert kinds, name
        for kind in kinds:
            slug = kind.removeprefix("urn:hirelane:problem:")
            row = rf"^\| {status} \| .*`{slug}`.* \|"
            assert re.search(row, REFERENCE, re.MULTILINE), slug


def test_reference_agrees_with_the_document(document: Any) -> None:
    """The document has more: answers that many routes share are not repeated in the table."""
    rows = re.findall(r"^\| `([A-Z]+) ([^`?]+)[^`]*` \| [^|]+ \| (.*) \|$", REFERENCE, re.MULTILINE)
    assert len(rows) > 30
    by_form = {re.sub(r"{\w+}", "{}", name): name for name in operations(document)}
    for method, path, answers in rows:
        form = re.sub(r"{\w+}", "{}", path)
        name = by_form[f"{method} {form}"]
        for part in answers.split("; "):
            for status in re.findall(r"\b[1-5]\d\d\b", part):
                assert status in operations(document)[name]["responses"], (name, status)
            if re.match(r"4\d\d ", part):
                kinds = kinds_of(document, name, int(part[:3]))
                for slug in re.findall(r"`([a-z-]+)`", part):
                    assert f"urn:hirelane:problem:{slug}" in kinds, (name, slug)


def test_reference_has_the_same_routes(document: Any) -> None:
    rows = re.findall(r"^\| `([A-Z]+ [^`]+)` \|", REFERENCE, re.MULTILINE)
    listed = {re.sub(r"{\w+}", "{}", row.partition("?")[0]) for row in rows}
    pages = {"GET /", "GET /assets/{}/{}", "GET /assets/{}/{}/{}"}
    assert listed | pages == {re.sub(r"{\w+}", "{}", name) for name in operations(document)}


def test_known_document_is_not_sent_again() -> None:
    http = Client(api.app).http
    tag = http.get("/openapi.json").headers["ETag"]
    answer = http.get("/openapi.json", headers={"If-None-Match": tag})
    assert (answer.status_code, answer.body) == (304, b"")


def test_route_cannot_declare_the_status_of_a_problem() -> None:
    blueprint = Blueprint("tests")

    @blueprint.get("/x", policy=PublicPolicy("x"), response={200: str, 500: str})
    def view() -> str:
        """Return nothing."""
        return ""

    made = Chalice(app_name="tests", configure_logs=False)
    made.register_blueprint(blueprint)
    with pytest.raises(ValueError, match="GET /x: 500 is the status of a problem"):
        openapi.document(made)


def test_fields_of_responses_are_required(document: Any) -> None:
    schemas = document["components"]["schemas"]
    assert set(schemas["Posting"]["required"]) == set(Posting.__struct_fields__)
    required = set(schemas["ApplicationStatus"]["required"])
    assert set(ApplicationStatus.__struct_fields__) - required == {
        "waiting",
        "unread_files",
        "revision",
        "amendable",
        "amending",
        "consent",
    }
    assert schemas["Reauthentication"]["required"] == ["password"]
