"""Behind CloudFront: nobody else reaches a route, and nobody chooses the counted address."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chalice.app import Request
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.auth.routes.visitors import read_address, read_visitor
from chalicelib.common.observability import make_logger
from chalicelib.http import middleware
from chalicelib.http.api import Api
from chalicelib.http.cdn import HEADER, OPEN_ROUTES, RELOAD_SECONDS, CdnGuard
from chalicelib.http.errors import DirectRequest
from chalicelib.http.policies import PublicPolicy
from chalicelib.http.responses import json_response
from chalicelib.http.routing import Blueprint
from tests.unit.auth.token_forger import make_request

SECRETS = ("s" * 43, "t" * 43)
VIEWER = "198.51.100.7"
CLOUDFRONT = {
    "CloudFront-Viewer-Address": f"{VIEWER}:46532",
    "CloudFront-Viewer-City": "Ghent",
    "CloudFront-Viewer-Country-Name": "Belgium",
}


def make_app() -> tuple[Api, list[str]]:
    """Return an app behind CloudFront, and a list of the addresses that its route has seen."""
    app, seen = Api("of-tests"), list[str]()
    guard = CdnGuard(lambda: SECRETS)
    middleware.install(app, make_logger("of-tests"), guard.check)
    blueprint = Blueprint("of_tests")

    def view(request: Request) -> Any:
        visitor = read_visitor(request, behind_cdn=True)
        seen.append(visitor.address)
        address = read_address(request, behind_cdn=True)
        return json_response({"address": address, "place": visitor.place})

    for path in ("/v1/thing", *sorted(OPEN_ROUTES)):
        blueprint.get(path, policy=PublicPolicy("x"), response={200: dict})(view)
    app.register_blueprint(blueprint)
    return app, seen


APP, SEEN = make_app()


def answer(headers: dict[str, str], path: str = "/v1/thing", method: str = "GET") -> Any:
    """Return the status and the body for a request of API Gateway."""
    event = {
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
        "requestContext": {
            "httpMethod": method,
            "resourcePath": path,
            "identity": {"sourceIp": "203.0.113.9"},
        },
    }
    given = APP(event, None)
    return given["statusCode"], json.loads(given["body"])


def cloudfront(viewer: dict[str, str], secret: str = SECRETS[0]) -> dict[str, str]:
    """Return the headers that CloudFront sends for those of a viewer: its own replace the same."""
    own = {**CLOUDFRONT, HEADER: secret}
    names = {name.lower() for name in own}
    return {name: value for name, value in viewer.items() if name.lower() not in names} | own


def cased(name: str) -> st.SearchStrategy[str]:
    """Return ways to write the name of a header."""
    flips = st.lists(st.booleans(), min_size=len(name), max_size=len(name))
    return flips.map(
        lambda upper: "".join(
            letter.upper() if is_upper else letter.lower()
            for letter, is_upper in zip(name, upper, strict=True)
        )
    )


NAMES = st.sampled_from(
    [
        HEADER,
        *CLOUDFRONT,
        "X-Forwarded-For",
        "Forwarded",
        "X-Real-IP",
        "True-Client-IP",
        "Via",
        "Host",
        "User-Agent",
        "Authorization",
        "X-Hirelane-Origin-",
        "X_Hirelane_Origin",
    ]
).flatmap(cased)
TEXTS = st.sampled_from(
    ["", "1.1.1.1:1", "2001:db8::1:443", "null", SECRETS[0][:-1], SECRETS[0] + "x", *SECRETS]
) | st.text(max_size=50)
HEADERS = st.dictionaries(NAMES | st.text(min_size=1, max_size=20), TEXTS, max_size=8)


@given(HEADERS)
def test_without_the_secret_no_headers_reach_a_route(headers: dict[str, str]) -> None:
    guessed = {name: value for name, value in headers.items() if value not in SECRETS}
    before = len(SEEN)
    status, body = answer(guessed)
    assert (status, body["type"].rpartition(":")[2]) == (403, "direct-request")
    assert len(SEEN) == before
    assert not any(secret in str(body) for secret in SECRETS)


@given(HEADERS, st.sampled_from(SECRETS))
def test_no_headers_of_a_viewer_change_the_address(headers: dict[str, str], secret: str) -> None:
    status, body = answer(cloudfront(headers, secret))
    assert (status, body) == (200, {"address": VIEWER, "place": "Ghent, Belgium"})
    assert SEEN[-1] == VIEWER


@pytest.mark.parametrize("path", sorted(OPEN_ROUTES))
def test_health_is_open_for_checks_before_the_edge_exists(path: str) -> None:
    assert answer({}, path)[0] == 200


@pytest.mark.parametrize(("path", "method"), [("/v1/thing", "POST"), ("/other", "GET")])
def test_unknown_route_is_refused_before_it_is_looked_for(path: str, method: str) -> None:
    assert answer({}, path, method)[0] == 403
    assert answer({HEADER: SECRETS[1]}, path, method)[0] != 200


def test_new_secret_is_learned_and_guesses_read_it_seldom() -> None:
    now, reads = [0.0], [("old", "")]
    calls = []

    def read() -> tuple[str, str]:
        calls.append(now[0])
        if not reads[-1][0]:
            raise OSError("no answer")
        return reads[-1]

    guard = CdnGuard(read, lambda: now[0])

    def is_valid(value: str) -> bool:
        try:
            guard.check(make_request({HEADER: value}))
        except DirectRequest:
            return False
        return True

    assert [is_valid(value) for value in ("old", "new", "", "old\ud800")] == [True] + [False] * 3
    assert len(calls) == 1
    reads.append(("old", "new"))
    assert not is_valid("new")
    now[0] += RELOAD_SECONDS
    assert [is_valid("new"), is_valid("old"), is_valid("guess")] == [True, True, False]
    assert len(calls) == 2
    reads.append(("", ""))
    now[0] += RELOAD_SECONDS
    # The secrets cannot be read: the known ones stay valid.
    assert [is_valid("guess"), is_valid("new")] == [False, True]
    reads.append(("new", ""))
    now[0] += RELOAD_SECONDS
    assert [is_valid("guess"), is_valid("old"), is_valid("new")] == [False, False, True]


@pytest.mark.parametrize("values", [(), ("",), ("", "")])
def test_without_secrets_every_request_is_refused(values: tuple[str, ...]) -> None:
    guard = CdnGuard(lambda: values)
    for given_value in ("", "x"):
        with pytest.raises(DirectRequest):
            guard.check(make_request({HEADER: given_value}))
