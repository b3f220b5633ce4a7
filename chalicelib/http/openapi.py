"""The OpenAPI 3.1 document of an app, from the declarations of its routes and the types they use.

Nothing of a route is written by hand: a schema is what msgspec makes of the type that reads or
writes a body, a problem's text that of its class, a summary the first line of a view's docstring.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.common.errors import InvalidField
from chalicelib.http.bodies import JSON, PROBLEM_JSON
from chalicelib.http.cookies import full_name
from chalicelib.http.errors import (
    BodyTooLarge,
    InternalError,
    InvalidFieldType,
    InvalidIdempotencyKey,
    MalformedBody,
    ServiceUnavailable,
    UnsupportedMediaType,
)
from chalicelib.http.problems import PROBLEMS, ProblemDocument
from chalicelib.http.routes import declared_routes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from chalice import Chalice

    from chalicelib.http.problems import AnyError, ProblemType
    from chalicelib.http.routes import DeclaredRoute, Policy

VERSION = "1"
_SCHEMAS = "#/components/schemas/{name}"
_OF_EVERY_BODY = (MalformedBody, InvalidFieldType, BodyTooLarge, InvalidField)
# Chalice looks at the type of whatever is sent, needed or not.
_OF_EVERY_ROUTE = (UnsupportedMediaType, InternalError)
_TEXT = {"type": "string"}
# Headers of answers: those that problems send, and those of many routes.
_HEADERS: dict[str, dict[str, Any]] = {
    "X-Correlation-Id": {
        "description": "With which the logs of all functions can be searched",
        "required": True,
        "schema": _TEXT,
    },
    "ETag": {"description": "Of this answer", "required": True, "schema": _TEXT},
    "Retry-After": {
        "description": "In how many seconds it may go well",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
    "WWW-Authenticate": {
        "description": "How to prove who one is",
        "required": True,
        "schema": _TEXT,
    },
}
_PARAMETERS: dict[str, dict[str, Any]] = {
    "Idempotency-Key": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "The same key and request get the same answer for a day",
        "schema": _TEXT,
    },
    "If-None-Match": {
        "name": "If-None-Match",
        "in": "header",
        "description": "The ETag of an earlier answer: 304 if it is still right",
        "schema": _TEXT,
    },
}
_ACCESS_TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "An access token (EdDSA) of POST /v1/sessions, good for ten minutes.",
}


def document(app: Chalice) -> dict[str, Any]:
    """The document of all routes of an app."""
    routes = list(declared_routes(app))
    schemas, components = _schemas(routes)
    paths: dict[str, dict[str, Any]] = {}
    problems: dict[str, Any] = {}
    for one in routes:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, schemas, problems)
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
            "responses": problems,
            "headers": _HEADERS,
            "parameters": _PARAMETERS,
            "securitySchemes": {"accessToken": _ACCESS_TOKEN, **dict(_cookies(routes))},
        },
    }


def _cookies(routes: Iterable[DeclaredRoute]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name in sorted({one.declared.cookie for one in routes if one.declared.cookie}):
        yield _scheme(name), {"type": "apiKey", "in": "cookie", "name": full_name(name)}


def _scheme(cookie: str) -> str:
    return f"{cookie}Cookie"


def _schemas(routes: Iterable[DeclaredRoute]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The schema of each type, by the type's text, and the components they refer to."""
    taken = [one.declared.takes for one in routes if one.declared.takes is not None]
    given = [ProblemDocument]
    given += [model for one in routes for model in one.declared.gives.values() if model is not None]
    types = {repr(model): model for model in (*taken, *given)}
    made, components = msgspec.json.schema_components(types.values(), ref_template=_SCHEMAS)
    for model in _structs(msgspec.inspect.multi_type_info(given)):
        if not model.__struct_config__.omit_defaults:
            # Of what is read, a field with a default may be left out; of what is written, none is.
            components[model.__name__]["required"] = list(model.__struct_encode_fields__)
    return dict(zip(types, made, strict=True)), components


def _structs(found: Any) -> Iterator[type[msgspec.Struct]]:
    """The structs in what msgspec knows of types."""
    if isinstance(found, msgspec.inspect.StructType):
        yield found.cls
    if isinstance(found, list | tuple):
        for part in found:
            yield from _structs(part)
    elif isinstance(found, msgspec.inspect.Type | msgspec.inspect.Field):
        for name in found.__struct_fields__:
            yield from _structs(getattr(found, name))


def _operation(
    one: DeclaredRoute, schemas: dict[str, Any], problems: dict[str, Any]
) -> dict[str, Any]:
    """An operation; the answers to problems that it refers to are put in with ``problems``."""
    declared = one.declared
    operation: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "tags": [_tag(one.path)],
        "parameters": list(_parameters(one)),
        "responses": _responses(one, schemas, problems),
    }
    policy: Policy[Any] = one.policy
    if policy.roles is not None:
        operation["security"] = [{"accessToken": []}]
        operation["description"] = f"For {_and(sorted(policy.roles))}; on {policy.on}."
    elif declared.cookie is not None:
        operation["security"] = [{_scheme(declared.cookie): []}, {}]
    if declared.takes is not None:
        operation["requestBody"] = {
            "required": not declared.may_be_empty,
            "content": {JSON: {"schema": schemas[repr(declared.takes)]}},
        }
    return operation


def _tag(path: str) -> str:
    first, *others = path.strip("/").split("/")
    return others[0] if first == "v1" else {"": "web", "assets": "web"}.get(first, "service")


def _parameters(one: DeclaredRoute) -> Iterator[dict[str, Any]]:
    for name in re.findall(r"{(\w+)}", one.path):
        yield {"name": name, "in": "path", "required": True, "schema": _TEXT}
    if one.declared.asks is not None:
        _, components = msgspec.json.schema_components([one.declared.asks], ref_template=_SCHEMAS)
        [model] = [schema for schema in components.values() if "properties" in schema] or [{}]
        for name, schema in model.get("properties", {}).items():
            parameter = {"name": name, "in": "query", "schema": schema}
            if schema.get("type") == "array":
                parameter |= {"style": "form", "explode": False}
            if name in model.get("required", ()):
                parameter["required"] = True
            yield parameter
    if one.declared.accepts_key:
        yield {"$ref": "#/components/parameters/Idempotency-Key"}
    if one.declared.is_conditional:
        yield {"$ref": "#/components/parameters/If-None-Match"}


def _responses(
    one: DeclaredRoute, schemas: dict[str, Any], problems: dict[str, Any]
) -> dict[str, Any]:
    declared = one.declared
    headers = _common_headers("X-Correlation-Id", *(["ETag"] if declared.is_conditional else []))
    for name, meaning in declared.headers.items():
        headers[name] = {"description": meaning, "schema": _TEXT}
    responses: dict[str, Any] = {}
    for status, model in declared.gives.items():
        response = {"description": "Done" if model is None else one.summary, "headers": headers}
        if model is not None:
            response["content"] = {declared.media_type: {"schema": schemas[repr(model)]}}
        responses[str(status)] = response
    if declared.is_conditional:
        responses["304"] = {"description": "It is as it was", "headers": headers}
    by_status: dict[int, list[ProblemType]] = {}
    for problem in dict.fromkeys(_problems(one)):
        by_status.setdefault(PROBLEMS[problem].status, []).append(PROBLEMS[problem])
    for status, kinds in by_status.items():
        if str(status) in responses:
            raise ValueError(f"{one.method} {one.path} gives {status}, which is a problem's too")
        name = "-or-".join(sorted(kind.slug for kind in kinds))
        problems.setdefault(name, _problem_response(kinds, schemas))
        responses[str(status)] = {"$ref": f"#/components/responses/{name}"}
    return dict(sorted(responses.items()))


def _problems(one: DeclaredRoute) -> Iterator[type[AnyError]]:
    declared = one.declared
    yield from one.policy.problems
    if declared.takes is not None:
        yield from _OF_EVERY_BODY
    elif declared.asks is not None:
        yield InvalidField
    if declared.accepts_key:
        yield InvalidIdempotencyKey
    yield from declared.raises
    yield from _OF_EVERY_ROUTE
    if declared.needs_stores:
        yield ServiceUnavailable


def _problem_response(kinds: list[ProblemType], schemas: dict[str, Any]) -> dict[str, Any]:
    told = {"type": {"enum": sorted(kind.uri for kind in kinds)}}
    schema = {
        "allOf": [
            schemas[repr(ProblemDocument)],
            {"properties": {**told, "status": {"const": kinds[0].status}}},
        ]
    }
    sent = sorted({kind.header for kind in kinds if kind.header})
    return {
        "description": ". ".join(sorted(kind.title for kind in kinds)),
        "headers": _common_headers("X-Correlation-Id", *sent),
        "content": {PROBLEM_JSON: {"schema": schema}},
    }


def _common_headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _and(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
