"""The OpenAPI 3.1 document of an app, generated from its routes.

A schema is what msgspec generates for the type that reads or writes a body. The text of a problem
comes from the table of problems, and a summary is the first line of a view's docstring.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.common.errors import InvalidField, VersionConflict
from chalicelib.http import errors
from chalicelib.http.cookies import full_name
from chalicelib.http.openapi_components import (
    ACCESS_TOKEN,
    HEADER_OF_OPTION,
    HEADERS,
    OPTIONAL_VERSION,
    PARAMETERS,
    TEXT,
)
from chalicelib.http.origins import SAFE_METHODS
from chalicelib.http.problems import PROBLEMS, ProblemDocument
from chalicelib.http.responses import JSON, PROBLEM_JSON
from chalicelib.http.routing import all_routes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from chalice import Chalice

    from chalicelib.http.problems import AnyError, ProblemType
    from chalicelib.http.route import Route

VERSION = "1"
_TAGS = {"": "web", "assets": "web", "jobs": "public pages", "feeds": "public pages"}
_SCHEMAS = "#/components/schemas/{name}"
_BODY_ERRORS = (errors.MalformedBody, errors.InvalidFieldType, errors.BodyTooLarge, InvalidField)
# The content type of every request is checked, also where the route needs no body.
_COMMON_ERRORS = (errors.UnsupportedMediaType, errors.InternalError)


def document(app: Chalice) -> dict[str, Any]:
    """Return the document of all routes of an app.

    Raises:
        ValueError: a route declares a response with the status of one of its problems.
    """
    routes = all_routes(app)
    schemas, components = _schemas(routes)
    paths: dict[str, dict[str, Any]] = {}
    problems: dict[str, Any] = {}
    for route in routes:
        operation = _operation(route, schemas, problems)
        paths.setdefault(route.path, {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Hirelane",
            "version": VERSION,
            "description": "A recruitment platform whose apply button never loses an application.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        # Relative to this document, so that it is right behind any deployment stage or domain.
        "servers": [{"url": "."}],
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": problems,
            "headers": HEADERS,
            "parameters": {
                header: PARAMETERS[header]
                for option, header in HEADER_OF_OPTION.items()
                if any(getattr(route, option) for route in routes)
            },
            "securitySchemes": {"accessToken": ACCESS_TOKEN, **dict(_cookie_schemes(routes))},
        },
    }


def _cookie_schemes(routes: Iterable[Route]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name in sorted({route.cookie for route in routes if route.cookie}):
        yield f"{name}Cookie", {"type": "apiKey", "in": "cookie", "name": full_name(name)}


def _schemas(routes: Iterable[Route]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the schema of each type by the type's repr, and the components they refer to."""
    bodies = [route.body for route in routes if route.body is not None]
    responses = [ProblemDocument]
    responses += [model for route in routes for model in route.response.values() if model]
    types = {repr(model): model for model in (*bodies, *responses)}
    schemas, components = msgspec.json.schema_components(types.values(), ref_template=_SCHEMAS)
    for model in _structs(msgspec.inspect.multi_type_info(responses)):
        if not model.__struct_config__.omit_defaults:
            # A request may leave out a field that has a default; a response never does.
            components[model.__name__]["required"] = list(model.__struct_encode_fields__)
    return dict(zip(types, schemas, strict=True)), components


def _structs(found: Any) -> Iterator[type[msgspec.Struct]]:
    """Yield the structs in msgspec's description of types."""
    if isinstance(found, msgspec.inspect.StructType):
        yield found.cls
    if isinstance(found, list | tuple):
        for part in found:
            yield from _structs(part)
    elif isinstance(found, msgspec.inspect.Type | msgspec.inspect.Field):
        for name in found.__struct_fields__:
            yield from _structs(getattr(found, name))


def _operation(route: Route, schemas: dict[str, Any], problems: dict[str, Any]) -> dict[str, Any]:
    """Return the operation of a route; add the problem responses that it refers to."""
    operation: dict[str, Any] = {
        "operationId": route.view.__name__,
        "summary": _summary(route),
        "tags": [_tag(route.path)],
        "parameters": list(_parameters(route)),
        "responses": _responses(route, schemas, problems),
    }
    if route.policy.roles is not None:
        operation["security"] = [{"accessToken": []}]
        operation["description"] = f"For {_join(sorted(route.policy.roles))}; on {route.policy.on}."
    elif route.cookie is not None:
        operation["security"] = [{f"{route.cookie}Cookie": []}, {}]
    if route.body is not None:
        operation["requestBody"] = {
            "required": not route.body_optional,
            "content": {JSON: {"schema": schemas[repr(route.body)]}},
        }
    return operation


def _summary(route: Route) -> str:
    return (route.view.__doc__ or "").strip().partition("\n")[0].rstrip(".")


def _tag(path: str) -> str:
    first, *others = path.strip("/").split("/")
    return others[0] if first == "v1" else _TAGS.get(first, "service")


def _parameters(route: Route) -> Iterator[dict[str, Any]]:
    for name in re.findall(r"{(\w+)}", route.path):
        yield {"name": name, "in": "path", "required": True, "schema": TEXT}
    if route.query is not None:
        _, components = msgspec.json.schema_components([route.query], ref_template=_SCHEMAS)
        [model] = [schema for schema in components.values() if "properties" in schema] or [{}]
        for name, schema in model.get("properties", {}).items():
            parameter = {"name": name, "in": "query", "schema": schema}
            if schema.get("type") == "array":
                parameter |= {"style": "form", "explode": False}
            if name in model.get("required", ()):
                parameter["required"] = True
            yield parameter
    for option, header in HEADER_OF_OPTION.items():
        if option == "versioned" and route.version_optional:
            yield OPTIONAL_VERSION
        elif getattr(route, option):
            yield {"$ref": f"#/components/parameters/{header}"}


def _responses(route: Route, schemas: dict[str, Any], problems: dict[str, Any]) -> dict[str, Any]:
    # A response without a body, as after a deletion, has no version.
    has_tag = (route.conditional or route.versioned) and any(route.response.values())
    headers = _refer_to_headers("X-Correlation-Id", *(["ETag"] if has_tag else []))
    for name, description in route.headers.items():
        headers[name] = {"description": description, "schema": TEXT}
    responses: dict[str, Any] = {}
    for status, model in route.response.items():
        response = {"description": "Done" if model is None else _summary(route), "headers": headers}
        if model is not None:
            response["content"] = {route.media_type: {"schema": schemas[repr(model)]}}
        responses[str(status)] = response
    if route.conditional:
        responses["304"] = {"description": "Not modified", "headers": headers}
    by_status: dict[int, list[ProblemType]] = {}
    for error in dict.fromkeys(_errors(route)):
        by_status.setdefault(PROBLEMS[error].status, []).append(PROBLEMS[error])
    for status, kinds in by_status.items():
        if str(status) in responses:
            raise ValueError(f"{route.method} {route.path}: {status} is the status of a problem")
        if route.error_page is not None and status >= 500:
            responses[str(status)] = _error_page(route, kinds)
            continue
        name = "-or-".join(sorted(kind.slug for kind in kinds))
        problems.setdefault(name, _problem_response(kinds, schemas))
        responses[str(status)] = {"$ref": f"#/components/responses/{name}"}
    return dict(sorted(responses.items()))


def _errors(route: Route) -> Iterator[type[AnyError]]:
    yield from route.policy.errors
    if route.method not in SAFE_METHODS:
        yield errors.ForeignOrigin
        yield from getattr(route.policy, "change_errors", ())
    if route.body is not None:
        yield from _BODY_ERRORS
    elif route.query is not None:
        yield InvalidField
    if route.idempotent:
        yield errors.InvalidIdempotencyKey
    if route.versioned:
        yield VersionConflict
        if not route.version_optional:
            yield errors.PreconditionRequired
    yield from route.errors
    yield from _COMMON_ERRORS
    if route.needs_stores:
        yield errors.ServiceUnavailable


def _problem_response(kinds: list[ProblemType], schemas: dict[str, Any]) -> dict[str, Any]:
    types = {"enum": sorted(kind.uri for kind in kinds)}
    properties = {"properties": {"type": types, "status": {"const": kinds[0].status}}}
    schema = {"allOf": [schemas[repr(ProblemDocument)], properties]}
    return _error_response(kinds) | {"content": {PROBLEM_JSON: {"schema": schema}}}


def _error_page(route: Route, kinds: list[ProblemType]) -> dict[str, Any]:
    return _error_response(kinds) | {"content": {route.media_type: {"schema": TEXT}}}


def _error_response(kinds: list[ProblemType]) -> dict[str, Any]:
    headers = sorted({kind.header for kind in kinds if kind.header})
    return {
        "description": ". ".join(sorted(kind.title for kind in kinds)),
        "headers": _refer_to_headers("X-Correlation-Id", *headers),
    }


def _refer_to_headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _join(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
