"""Requests that pages of other websites make a browser send are refused; all others are not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chalice.test import Client, HTTPResponse

from chalicelib.http.api import Api
from chalicelib.http.policies import PublicPolicy
from chalicelib.http.routing import Blueprint

PUBLIC_URL = "https://Hirelane.example/app/"
GATEWAY = {"Host": "abc123.execute-api.eu-west-1.amazonaws.com", "X-Forwarded-Proto": "https"}
LOCAL = {"Host": "127.0.0.1:4566", "X-Forwarded-Proto": "http"}
LOCALSTACK = {"Host": "abc123.execute-api.localhost.localstack.cloud:4566"}


def request(method: str, headers: dict[str, str], body: bytes = b"") -> HTTPResponse:
    blueprint = Blueprint("tests")
    for each in ("GET", "POST", "PUT", "DELETE"):

        def view() -> str:
            return "done"

        view.__name__ = each.lower()
        options: Any = {"policy": PublicPolicy("x"), "response": {200: str}}
        getattr(blueprint, each.lower())("/x", **options)(view)
    blueprint.connect(lambda: None, str, lambda: PUBLIC_URL)
    app = Api("tests")
    app.register_blueprint(blueprint)
    return Client(app).http.request(method, "/x", headers=headers, body=body)


def slug(response: HTTPResponse) -> str:
    if response.status_code == 200:
        return ""
    kind: str = json.loads(response.body)["type"]
    return kind.rpartition(":")[2]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize(
    ("host", "headers", "is_own"),
    [
        # A program, or a browser that says that it is our page or the user.
        (GATEWAY, {}, True),
        (GATEWAY, {"Sec-Fetch-Site": "same-origin"}, True),
        (GATEWAY, {"Sec-Fetch-Site": "none"}, True),
        # Behind a CDN, Host is not the host that the browser sees.
        (GATEWAY, {"Sec-Fetch-Site": "same-origin", "Origin": "https://d1.cloudfront.net"}, True),
        (GATEWAY, {"Origin": "https://hirelane.example"}, True),
        (GATEWAY, {"Origin": "https://abc123.execute-api.eu-west-1.amazonaws.com"}, True),
        (LOCAL, {"Origin": "http://127.0.0.1:4566"}, True),
        (LOCALSTACK, {"Origin": "http://abc123.execute-api.localhost.localstack.cloud:4566"}, True),
        # Another website, port, sister domain, scheme; a sandboxed page.
        (GATEWAY, {"Sec-Fetch-Site": "cross-site"}, False),
        (GATEWAY, {"Sec-Fetch-Site": "same-site"}, False),
        (GATEWAY, {"Sec-Fetch-Site": "same-site", "Origin": "https://hirelane.example"}, False),
        (GATEWAY, {"Sec-Fetch-Site": "unheard-of"}, False),
        (GATEWAY, {"Origin": "https://evil.example"}, False),
        (GATEWAY, {"Origin": "https://other.execute-api.eu-west-1.amazonaws.com"}, False),
        (GATEWAY, {"Origin": "http://abc123.execute-api.eu-west-1.amazonaws.com"}, False),
        (GATEWAY, {"Origin": "https://hirelane.example.evil.example"}, False),
        (GATEWAY, {"Origin": "http://hirelane.example"}, False),
        (LOCAL, {"Origin": "http://127.0.0.1:8000"}, False),
        (LOCAL, {"Origin": "http://localhost:4566"}, False),
        (LOCAL, {"Origin": "http://["}, False),
        (LOCAL, {"Origin": "null"}, False),
    ],
)
def test_only_own_origins_may_change_something(
    method: str, host: dict[str, str], headers: dict[str, str], is_own: bool
) -> None:
    response = request(method, host | headers)
    assert (response.status_code, slug(response)) == (
        (200, "") if is_own else (403, "foreign-origin")
    )
    assert request("GET", host | headers).status_code == 200


@pytest.mark.parametrize(
    ("content_type", "is_json"),
    [
        ("application/json", True),
        ("Application/JSON", True),
        ("application/json; charset=utf-8", True),
        ('application/json;charset="UTF-8"', True),
        # Browsers send these to another website without asking it, and Chalice takes them for JSON.
        (None, False),
        ("text/plain; application/json", False),
        ("text/plain, application/json", False),
        ("text/plain;charset=application/json", False),
        ("multipart/form-data; boundary=x; application/json", False),
        ("application/x-www-form-urlencoded,application/json", False),
        ("*/*", False),
        ("text/plain;*/*", False),
        ("application/json, text/plain", False),
        ("application/json; text/plain", False),
        ("application/json; charset=utf-16", False),
        ("application/jsonp", False),
        ("application/problem+json", False),
        ("", False),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_body_must_be_declared_as_json(
    method: str, content_type: str | None, is_json: bool
) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    response = request(method, headers, b"{}")
    assert response.status_code == (200 if is_json else 415)


def test_request_without_a_body_needs_no_type() -> None:
    assert request("POST", {}).status_code == 200
    assert request("POST", {"Content-Type": "application/json"}).status_code == 200
    assert request("POST", {"Content-Type": "text/plain"}).status_code == 415
