"""Holds the API to its OpenAPI document: whatever it answers must be what the document says."""

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
    """The document, made stricter: an answer has no fields but those of its schema."""
    strict = copy.deepcopy(openapi_document(api.app))
    for schema in strict["components"]["schemas"].values():
        if "properties" in schema:
            schema["additionalProperties"] = False
    return strict


class Contract(TestHTTPClient):
    """Sends requests to the API in this process; fails on an answer that is not in the document.

    What no route has is answered by API Gateway, or by Chalice, and is not in it either.
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
    def http(self) -> Contract:
        return Contract(self._app, Config.create())


def client() -> Client:
    """A client of the API that holds it to its document."""
    return ContractClient(api.app)


def check(operation: dict[str, Any], answer: HTTPResponse) -> None:
    """Fails unless the answer is one that the operation declares: status, headers, body."""
    where = f"{operation['operationId']} {answer.status_code} {answer.body[:300]!r}"
    assert str(answer.status_code) in operation["responses"], where
    declared = _found(operation["responses"][str(answer.status_code)])
    for name, header in declared.get("headers", {}).items():
        assert name in answer.headers or not _found(header).get("required"), (where, name)
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


def _found(part: dict[str, Any]) -> dict[str, Any]:
    """A part of the document, or what stands in its place in the components."""
    if "$ref" not in part:
        return part
    kind, name = part["$ref"].removeprefix("#/components/").split("/")
    found: dict[str, Any] = document()["components"][kind][name]
    return found


@cache
def _validator(schema: str) -> Draft202012Validator:
    whole = json.loads(schema) | {"components": document()["components"]}
    return Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)


def _operation(method: str, path: str) -> dict[str, Any] | None:
    # A path that is written out goes before one with a parameter.
    for pattern in sorted(document()["paths"], key=lambda pattern: str(pattern).count("{")):
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", pattern), path):
            found: dict[str, Any] | None = document()["paths"][pattern].get(method.lower())
            return found
    return None
