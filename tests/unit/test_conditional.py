"""Answers a client has already."""

from __future__ import annotations

from typing import Any

import pytest
from chalice import Response
from chalice.app import CaseInsensitiveMapping

from chalicelib.http.conditional import conditional


class Asked:
    """A request with these headers."""

    def __init__(self, **headers: str) -> None:
        self.headers = CaseInsensitiveMapping(headers)


def ask(body: str = '{"n":1}', status: int = 200, **headers: str) -> Response:
    request: Any = Asked(**headers)
    answer = Response(body, {"Content-Type": "application/json", "X-Other": "kept"}, status)
    return conditional(request, answer)


def test_the_first_answer_has_a_tag_and_all_of_the_body() -> None:
    answer = ask()
    assert (answer.status_code, answer.body) == (200, '{"n":1}')
    assert answer.headers["ETag"].startswith('W/"')
    assert answer.headers["X-Other"] == "kept"


@pytest.mark.parametrize("form", ["{}", '"other", {}', '{},"other"', "*"])
def test_who_has_it_is_sent_nothing(form: str) -> None:
    tag = ask().headers["ETag"]
    answer = ask(**{"if-none-match": form.format(tag)})
    assert (answer.status_code, answer.body) == (304, "")
    assert answer.headers["ETag"] == tag
    assert "Content-Type" not in answer.headers
    assert answer.headers["X-Other"] == "kept"


def test_a_tag_that_a_proxy_made_strong_is_known() -> None:
    tag = ask().headers["ETag"].removeprefix("W/")
    assert ask(**{"If-None-Match": tag}).status_code == 304


def test_another_body_has_another_tag() -> None:
    tag = ask().headers["ETag"]
    assert ask('{"n":2}', **{"If-None-Match": tag}).status_code == 200


def test_only_what_succeeded_is_left_out() -> None:
    tag = ask().headers["ETag"]
    assert ask(status=404, **{"If-None-Match": tag}).status_code == 404
