"""Answers a client has already."""

from __future__ import annotations

from typing import Any

import pytest
from chalice import Response
from chalice.app import CaseInsensitiveMapping

from chalicelib.http.responses import conditional_response


class Asked:
    """A request with these headers."""

    def __init__(self, **headers: str) -> None:
        self.headers = CaseInsensitiveMapping(headers)


def ask(known: str = "", *, body: str = '{"n":1}', status: int = 200) -> Response:
    request: Any = Asked(**({"if-none-match": known} if known else {}))
    answer = Response(body, {"Content-Type": "application/json", "X-Other": "kept"}, status)
    return conditional_response(request, answer)


def tag_of(answer: Response) -> str:
    return str(answer.headers["ETag"])


def test_the_first_answer_has_a_tag_and_all_of_the_body() -> None:
    answer = ask()
    assert (answer.status_code, answer.body) == (200, '{"n":1}')
    assert tag_of(answer).startswith('W/"')
    assert answer.headers["X-Other"] == "kept"


@pytest.mark.parametrize("form", ["{}", '"other", {}', '{},"other"', "*"])
def test_who_has_it_is_sent_nothing(form: str) -> None:
    tag = tag_of(ask())
    answer = ask(form.format(tag))
    assert (answer.status_code, answer.body) == (304, "")
    assert answer.headers["ETag"] == tag
    assert "Content-Type" not in answer.headers
    assert answer.headers["X-Other"] == "kept"


def test_a_tag_that_a_proxy_made_strong_is_known() -> None:
    tag = tag_of(ask()).removeprefix("W/")
    assert ask(tag).status_code == 304


def test_another_body_has_another_tag() -> None:
    tag = tag_of(ask())
    assert ask(tag, body='{"n":2}').status_code == 200


def test_only_what_succeeded_is_left_out() -> None:
    tag = tag_of(ask())
    assert ask(tag, status=404).status_code == 404
