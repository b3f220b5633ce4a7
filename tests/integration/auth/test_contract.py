"""What routes really take and answer is what the OpenAPI document says of them."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from chalice.test import Client, HTTPResponse
from jsonschema.validators import validator_for
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

import app as api
from chalicelib.composition import Services
from chalicelib.http.routes import declared_routes
from tests.integration.auth.examples import EXAMPLES, allowed, request, routes, scene
from tests.integration.auth.steps import ask

DOCUMENT = api.openapi()
URN = "urn:hirelane:openapi"
REGISTRY = Registry().with_resource(URN, Resource.from_contents(DOCUMENT, DRAFT202012))
DECLARED = {f"{one.method} {one.path}": one.declared for one in declared_routes(api.app)}


def check(name: str, answer: HTTPResponse) -> None:
    """Fails unless the document has this answer: its status, its kind and its body's schema."""
    method, _, path = name.partition(" ")
    responses = DOCUMENT["paths"][path][method.lower()]["responses"]
    assert str(answer.status_code) in responses
    content = responses[str(answer.status_code)].get("content")
    if content is None:
        assert answer.body == b""
        return
    kind = answer.headers["Content-Type"].partition(";")[0]
    if "*/*" in content or kind == "text/html":
        return
    schema = resolved(content[kind]["schema"])
    validator = validator_for(schema, default=jsonschema.Draft202012Validator)
    checker = validator.FORMAT_CHECKER
    validator(schema, registry=REGISTRY, format_checker=checker).validate(json.loads(answer.body))


def resolved(schema: Any) -> dict[str, Any]:
    """A schema whose references lead into the document."""
    text = json.dumps(schema).replace('"#/', f'"{URN}#/')
    found: dict[str, Any] = json.loads(text)
    return found


@pytest.mark.parametrize("name", routes())
def test_a_valid_request_is_answered_as_the_document_says(
    http: Client, parts: Services, name: str
) -> None:
    set_up = allowed(parts, name)
    method, path, body = request(name, set_up, set_up.me)
    answer = ask(http, method, path, body, set_up.me.token)
    assert answer.status_code < 300
    check(name, answer)


@pytest.mark.parametrize("name", [name for name, policy in routes().items() if policy.roles])
def test_who_is_nobody_is_answered_as_the_document_says(
    http: Client, parts: Services, name: str
) -> None:
    set_up = scene(parts)
    method, path, body = request(name, set_up, set_up.me)
    answer = ask(http, method, path, body)
    assert answer.status_code == 401
    check(name, answer)


@pytest.mark.parametrize("name", [name for name, one in DECLARED.items() if one.takes])
def test_a_wrong_body_is_answered_as_the_document_says(
    http: Client, parts: Services, name: str
) -> None:
    set_up = allowed(parts, name)
    method, path, _ = request(name, set_up, set_up.me)
    answer = ask(http, method, path, {"nothing": "known"}, set_up.me.token)
    assert answer.status_code == 422
    check(name, answer)


def test_the_bodies_that_are_read_are_those_that_are_declared() -> None:
    assert {name: one.takes for name, one in DECLARED.items()} == {
        name: example.model for name, example in EXAMPLES.items()
    }


def test_an_answer_that_is_not_as_declared_is_noticed(http: Client, parts: Services) -> None:
    answer = ask(http, "GET", "/health/live")
    with pytest.raises(jsonschema.ValidationError):
        check("GET /health/ready", answer)
