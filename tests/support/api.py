"""A client that compares every answer of the API with the OpenAPI document."""

from __future__ import annotations

import copy
import json
import re
from functools import cache, cached_property
from typing import Any

from chalice.config import Config
from chalice.test import Client, HTTPResponse, TestHTTPClient
from jsonschema import Draft202012Validator

import app as api
from chalicelib.operations.routes import openapi_document


@cache
def document() -> dict[str, Any]:
    """Return a stricter document: an answer may have only the fields of its schema."""
    strict = copy.deepcopy(openapi_document(api.app))
    for schema in strict["components"]["schemas"].values():
        if "properties" in schema:
            schema["additionalProperties"] = False
    return strict


class ContractHTTPClient(TestHTTPClient):
    """Sends requests to the API in this process. Fails if the document does not declare the answer.

    Requests for which no route exists are not checked, because API Gateway or Chalice answers them.
    """

    def request(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> HTTPResponse:
        answer = super().request(method, path, headers, body)
        operation = _operation(method, path.partition("?")[0])
        if operation is not None:
            check(operation, answer)
        return answer


class ContractClient(Client):
    """A test client whose HTTP requests are compared with the document."""

    @cached_property
    def http(self) -> ContractHTTPClient:
        return ContractHTTPClient(self._app, Config.create())


def client() -> Client:
    """Return a client of the API that compares its answers with the document."""
    return ContractClient(api.app)


def check(operation: dict[str, Any], answer: HTTPResponse) -> None:
    """Fail unless the operation declares the status, the headers and the body of the answer."""
    where = f"{operation['operationId']} {answer.status_code} {answer.body[:300]!r}"
    assert str(answer.status_code) in operation["responses"], where
    declared = _resolve(operation["responses"][str(answer.status_code)])
    for name, header in declared.get("headers", {}).items():
        assert name in answer.headers or not _resolve(header).get("required"), (where, name)
    content = declared.get("content")
    if content is None:
        assert answer.body == b"", where
        return
    media_type = answer.headers["Content-Type"].partition(";")[0]
    if "*/*" in content:
        return
    assert media_type in content, (where, media_type)
    if media_type.endswith("json"):
        validator = _validator(json.dumps(content[media_type]["schema"], sort_keys=True))
        errors = [error.message for error in validator.iter_errors(json.loads(answer.body))]
        assert not errors, (where, errors)


def _resolve(part: dict[str, Any]) -> dict[str, Any]:
    """Return a part of the document, or the component that it refers to."""
    if "$ref" not in part:
        return part
    kind, name = part["$ref"].removeprefix("#/components/").split("/")
    found: dict[str, Any] = document()["components"][kind][name]
    return found


@cache
def _validator(schema: str) -> Draft202012Validator:
    whole = json.loads(schema) | {"components": document()["components"]}
    return Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)


@cache
def _paths() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    """Return a pattern for each path of the document, and its operations by method."""
    paths = document()["paths"]
    # A path without parameters has precedence over a pattern that also matches it.
    return [
        (re.compile(re.sub(r"{\w+}", "[^/]+", path)), paths[path])
        for path in sorted(paths, key=lambda path: str(path).count("{"))
    ]


def _operation(method: str, path: str) -> dict[str, Any] | None:
    for pattern, operations in _paths():
        if pattern.fullmatch(path):
            found: dict[str, Any] | None = operations.get(method.lower())
            return found
    return None
