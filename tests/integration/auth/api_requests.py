"""Requests to the API, and checks of its answers."""

from __future__ import annotations

import base64
import json
from typing import Any

from chalice.test import Client, HTTPResponse

from tests.integration.auth.people import EMAIL, PASSWORD

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def send(
    http: Client,
    method: str,
    path: str,
    body: Any = None,
    token: str | None = None,
    **more_headers: str,
) -> HTTPResponse:
    """Send a request with a JSON body and an access token, if given.

    A versioned object is changed in any version, unless ``If_Match`` names one.
    """
    more_headers = {"If_Match": "*"} | more_headers
    headers = {name.replace("_", "-"): value for name, value in more_headers.items()}
    raw = b""
    if body is not None:
        headers["Content-Type"] = "application/json"
        raw = json.dumps(body).encode()
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return http.http.request(method, path, headers=headers, body=raw)


def body_of(response: HTTPResponse, status: int = 200) -> Any:
    """Return the body of an answer that must have this status."""
    assert response.status_code == status, response.body
    return json.loads(response.body) if response.body else None


def problem_of(response: HTTPResponse, status: int, slug: str) -> dict[str, Any]:
    """Return the problem document of an answer that must be this problem."""
    assert response.status_code == status, response.body
    assert response.headers["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = json.loads(response.body)
    assert problem["status"] == status
    assert problem["type"] == f"urn:hirelane:problem:{slug}"
    return problem


def log_in(http: Client, email: str = EMAIL, password: str = PASSWORD, **more: Any) -> HTTPResponse:
    credentials = {"email": email, "password": password, **more}
    return send(http, "POST", "/v1/sessions", credentials, User_Agent=FIREFOX)


def set_cookies(response: HTTPResponse) -> dict[str, str]:
    """Return the Set-Cookie headers of an answer by the name of the cookie."""
    found: Any = response.headers.get("Set-Cookie", [])
    headers = [found] if isinstance(found, str) else found
    return {header.partition("=")[0]: header for header in headers}


def cookie_value(response: HTTPResponse, name: str) -> str:
    header = set_cookies(response)[f"__Host-hirelane-{name}"]
    return header.partition("=")[2].partition(";")[0]


def forge_signature(token: str) -> str:
    """Return a token with another signature of the same length."""
    text, _, signature = token.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "=")
    other = bytes([raw[0] ^ 1]) + raw[1:]
    return f"{text}.{base64.urlsafe_b64encode(other).rstrip(b'=').decode()}"
