"""The OpenAPI 3.1 document of an app, from the declarations of its routes and the types they use.

Nothing in it is written by hand: a schema is what msgspec makes of the type that reads or writes a
body, a problem's text that of its class, a summary the first line of a view's docstring.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.errors import (
    Forbidden,
    InternalError,
    Invalid,
    InvalidKey,
    Malformed,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
    UnsupportedMedia,
    WrongType,
)
from chalicelib.http.routes import declared_routes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalice import Chalice

    from chalicelib.errors import Problem
    from chalicelib.http.routes import DeclaredRoute

VERSION = "1"
_PROBLEM_JSON = "application/problem+json"
_REF = "#/components/schemas/{name}"
_OF_EVERY_BODY = (Malformed, WrongType, TooLarge, UnsupportedMedia, Invalid)
_RETRY_AFTER = {
    "Retry-After": {
        "description": "In how many seconds it may go well",
        "schema": {"type": "integer", "minimum": 1},
    }
}


class FieldError(msgspec.Struct, frozen=True):
    """What is wrong with a field."""

    field: str
    detail: str


class ProblemDocument(msgspec.Struct, frozen=True, omit_defaults=True):
    """A problem (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str = ""
    errors: list[FieldError] = []


def document(app: Chalice) -> dict[str, Any]:
    """The document of all routes of an app."""
    routes = list(declared_routes(app))
    schemas, components = _schemas(routes)
    paths: dict[str, dict[str, Any]] = {}
    for one in routes:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Hirelane",
            "version": VERSION,
            "description": "A recruitment platform whose apply button never loses an application.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        # Relative to where this document is: right behind any stage, domain or prefix.
        "servers": [{"url": "."}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "accessToken": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "An access token of POST /v1/sessions, good for ten minutes.",
                }
            },
        },
    }


def _schemas(routes: list[DeclaredRoute]) -> tuple[dict[Any, Any], dict[str, Any]]:
    """The schema of each type, by the type's text, and the components they refer to."""
    types: dict[str, Any] = {repr(ProblemDocument): ProblemDocument}
    for one in routes:
        declared = one.declared
        for model in (declared.takes, *declared.gives.values()):
            if model is not None:
                types[repr(model)] = model
    made, components = msgspec.json.schema_components(types.values(), ref_template=_REF)
    return dict(zip(types, made, strict=True)), components


def _operation(one: DeclaredRoute, schemas: dict[Any, Any]) -> dict[str, Any]:
    declared = one.declared
    operation: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "tags": [_tag(one.path)],
        "parameters": list(_parameters(one)),
        "responses": _responses(one, schemas),
    }
    if one.roles is not None:
        operation["security"] = [{"accessToken": []}]
        operation["description"] = f"For {_and(sorted(one.roles))}; on {one.on}."
    if declared.takes is not None:
        operation["requestBody"] = {
            "required": not declared.may_be_empty,
            "content": {"application/json": {"schema": schemas[repr(declared.takes)]}},
        }
    return operation


def _tag(path: str) -> str:
    first, *others = path.strip("/").split("/")
    return others[0] if first == "v1" else {"": "web", "assets": "web"}.get(first, "service")


def _parameters(one: DeclaredRoute) -> Iterator[dict[str, Any]]:
    for name in re.findall(r"{(\w+)}", one.path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    if one.declared.asks is not None:
        _, components = msgspec.json.schema_components([one.declared.asks], ref_template=_REF)
        [model] = [schema for schema in components.values() if "properties" in schema] or [{}]
        for name, schema in model.get("properties", {}).items():
            parameter = {"name": name, "in": "query", "schema": schema}
            if schema.get("type") == "array":
                parameter |= {"style": "form", "explode": False}
            if name in model.get("required", ()):
                parameter["required"] = True
            yield parameter
    if one.declared.accepts_key:
        yield _header("Idempotency-Key", "The same key and request get the same answer for a day")
    if one.declared.is_conditional:
        yield _header("If-None-Match", "The ETag of an earlier answer: 304 if it is still right")


def _header(name: str, description: str) -> dict[str, Any]:
    schema = {"type": "string"}
    return {"name": name, "in": "header", "description": description, "schema": schema}


def _responses(one: DeclaredRoute, schemas: dict[Any, Any]) -> dict[str, Any]:
    declared = one.declared
    headers = {
        name: {"description": meaning, "schema": {"type": "string"}}
        for name, meaning in declared.headers.items()
    }
    if declared.is_conditional:
        headers["ETag"] = {"description": "Of this answer", "schema": {"type": "string"}}
    responses: dict[str, Any] = {}
    for status, model in declared.gives.items():
        response: dict[str, Any] = {"description": "Done" if model is None else one.summary}
        if headers:
            response["headers"] = headers
        if model is not None:
            response["content"] = {declared.media_type: {"schema": schemas[repr(model)]}}
        responses[str(status)] = response
    if declared.is_conditional:
        responses["304"] = {"description": "It is as it was", "headers": headers}
    by_status: dict[int, list[type[Problem]]] = {}
    for problem in _problems(one):
        by_status.setdefault(problem.status, []).append(problem)
    for status, problems in sorted(by_status.items()):
        # Readiness answers 503 with its own body.
        responses.setdefault(str(status), _problem_response(problems, schemas))
    return dict(sorted(responses.items()))


def _problems(one: DeclaredRoute) -> Iterator[type[Problem]]:
    declared = one.declared
    if one.roles is not None:
        yield from (Unauthenticated, Forbidden)
    if declared.takes is not None:
        yield from _OF_EVERY_BODY
    elif declared.asks is not None:
        yield Invalid
    if declared.accepts_key:
        yield InvalidKey
    yield from declared.raises
    yield from (InternalError, Unavailable)


def _problem_response(problems: list[type[Problem]], schemas: dict[Any, Any]) -> dict[str, Any]:
    problems = list(dict.fromkeys(problems))
    kinds = [f"urn:hirelane:problem:{problem.slug}" for problem in problems]
    schema = {"allOf": [schemas[repr(ProblemDocument)], {"properties": {"type": {"enum": kinds}}}]}
    response = {
        "description": ". ".join(problem.title for problem in problems),
        "content": {_PROBLEM_JSON: {"schema": schema}},
    }
    if {TooMany, Unavailable} & set(problems):
        response["headers"] = _RETRY_AFTER
    return response


def _and(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
