"""Headers, parameters and security of the OpenAPI document, which many operations share."""

from __future__ import annotations

from typing import Any

TEXT: dict[str, Any] = {"type": "string"}


def _header(description: str, schema: dict[str, Any] = TEXT) -> dict[str, Any]:
    return {"description": description, "required": True, "schema": schema}


HEADERS = {
    "X-Correlation-Id": _header("The id of the request in the logs of all functions"),
    "ETag": _header("The version of this response"),
    "Retry-After": _header("Seconds to wait before retrying", {"type": "integer", "minimum": 1}),
    "WWW-Authenticate": _header("How to authenticate"),
}
# The header that a client may or must send, by the option of the route.
HEADER_OF_OPTION = {
    "idempotent": "Idempotency-Key",
    "conditional": "If-None-Match",
    "versioned": "If-Match",
}
PARAMETERS: dict[str, dict[str, Any]] = {
    "Idempotency-Key": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "For a day, a repeated request with the same key gets the same response",
        "schema": TEXT,
    },
    "If-None-Match": {
        "name": "If-None-Match",
        "in": "header",
        "description": "The ETag of an earlier response: 304 if it is still current",
        "schema": TEXT,
    },
    "If-Match": {
        "name": "If-Match",
        "in": "header",
        "required": True,
        "description": "The ETag of the version to change: 412 if it is no longer current",
        "schema": TEXT,
    },
}
OPTIONAL_VERSION = {
    **PARAMETERS["If-Match"],
    "required": False,
    "description": "The ETag of the version to change: 412 if it is no longer current. Without it "
    "any version is changed",
}
ACCESS_TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "An access token (EdDSA) from POST /v1/sessions, valid for ten minutes.",
}
