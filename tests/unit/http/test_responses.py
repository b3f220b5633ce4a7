"""Conditional responses."""

from __future__ import annotations

from typing import Any

import pytest
from chalice import Response
from chalice.app import CaseInsensitiveMapping

from chalicelib.http.responses import conditional_response


class FakeRequest:
    """A request with these headers."""

    def __init__(self, **headers: str) -> None:
        self.headers = CaseInsensitiveMapping(headers)


def respond(known: str = "", *, body: str = '{"n":1}', status: int = 200) -> Response:
    request: Any = FakeRequest(**({"if-none-match": known} if known else {}))
    answer = Response(body, {"Content-Type": "application/json", "X-Other": "kept"}, status)
    return conditional_response(request, answer)


def tag_of(answer: Response) -> str:
    return str(answer.headers["ETag"])


def test_first_response_has_an_etag_and_the_body() -> None:
    answer = respond()
    assert (answer.status_code, answer.body) == (200, '{"n":1}')
    assert tag_of(answer).startswith('W/"')
    assert answer.headers["X-Other"] == "kept"


@pytest.mark.parametrize("form", ["{}", '"other", {}', '{},"other"', "*"])
def test_known_etag_gets_304_without_a_body(form: str) -> None:
    tag = tag_of(respond())
    answer = respond(form.format(tag))
    assert (answer.status_code, answer.body) == (304, "")
    assert answer.headers["ETag"] == tag
    assert "Content-Type" not in answer.headers
    assert answer.headers["X-Other"] == "kept"


def test_strong_etag_of_a_proxy_is_known() -> None:
    tag = tag_of(respond()).removeprefix("W/")
    assert respond(tag).status_code == 304


def test_other_body_has_another_etag() -> None:
    tag = tag_of(respond())
    assert respond(tag, body='{"n":2}').status_code == 200


def test_error_is_always_sent_in_full() -> None:
    tag = tag_of(respond())
    assert respond(tag, status=404).status_code == 404
