"""Repeated requests, rate limits, and positions of waiting applications."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from chalice.test import Client

from chalicelib.bootstrap.container import Container
from chalicelib.queue import Limits, Rate, Shards
from chalicelib.queue.worker import Leases
from tests.integration.recruiting.steps import apply, get, problem, publish
from tests.support.lanes import RecordingWaker

LogIn = Callable[[str], str]


@pytest.fixture
def token(log_in: LogIn) -> str:
    return log_in("ada@example.com")


def limit(parts: Container, limits: Limits) -> None:
    """Replace the limits of the lanes of applications."""
    lanes = Shards(parts.redis, "applications", limits=limits)
    parts.recruiting.override(lanes=lanes)


def test_same_key_and_body_get_the_same_response(
    http: Client, token: str, posting: str, parts: Container
) -> None:
    first = apply(http, token, posting, key="one", cover_letter="Hello")
    assert first.status_code == 202
    for _ in range(3):
        again = apply(http, token, posting, key="one", cover_letter="Hello")
        assert (again.status_code, again.body) == (202, first.body)
        assert again.headers["Location"] == first.headers["Location"]
    assert len(Leases(parts.recruiting.lanes[0]).claim("drain").jobs) == 1


def test_second_draft_is_answered_as_a_repeat(
    http: Client, token: str, posting: str, parts: Container
) -> None:
    """The answer tells the client that the earlier cover letter is kept, not this one."""
    first = json.loads(apply(http, token, posting, key="one", cover_letter="Hello").body)
    assert first["repeat"] is False
    second = apply(http, token, posting, key="two", cover_letter="Hello again")
    repeated = json.loads(second.body)
    assert repeated == first | {"repeat": True, "receipt": repeated["receipt"]}
    third = apply(http, token, posting, cover_letter="Hello again")
    assert third.body == second.body
    # Repeated calls get the same answers.
    for key, letter, repeat in (("one", "Hello", False), ("two", "Hello again", True)):
        answer = apply(http, token, posting, key=key, cover_letter=letter)
        assert json.loads(answer.body)["repeat"] is repeat
    assert len(Leases(parts.recruiting.lanes[0]).claim("drain").jobs) == 1


def test_retry_of_the_redis_client_is_not_a_repeat(
    http: Client, token: str, posting: str, parts: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    lanes = parts.recruiting.lanes[0]
    accept = type(lanes).accept_many

    def twice(of: Any, requests: Any) -> Any:
        accept(of, requests)
        return accept(of, requests)

    monkeypatch.setattr(type(lanes), "accept_many", twice)
    assert json.loads(apply(http, token, posting).body)["repeat"] is False
    other = apply(http, token, publish(parts), key="one")
    assert json.loads(other.body)["repeat"] is False


def test_same_key_with_another_body_is_refused(
    http: Client, token: str, posting: str, parts: Container
) -> None:
    apply(http, token, posting, key="one", cover_letter="Hello")
    other = apply(http, token, posting, key="one", cover_letter="Another")
    assert problem(other) == (422, "idempotency-key-reused")
    other = apply(http, token, publish(parts), key="one", cover_letter="Hello")
    assert problem(other) == (422, "idempotency-key-reused")


def test_refusal_is_repeated_for_the_same_key(http: Client, token: str, parts: Container) -> None:
    closed = publish(parts, closes_in=timedelta(seconds=-1))
    first = apply(http, token, closed, key="one")
    assert problem(first) == (409, "posting-closed")
    parts.recruiting.lanes.open_gate(closed)
    assert apply(http, token, closed, key="one").body == first.body
    assert apply(http, token, closed, key="two").status_code == 202


def test_quoted_key_equals_the_bare_key(http: Client, token: str, posting: str) -> None:
    first = apply(http, token, posting, key='"one"')
    assert apply(http, token, posting, key="one").body == first.body


def test_quoted_key_may_hold_spaces_and_quotes(
    http: Client, token: str, posting: str, parts: Container
) -> None:
    quoted = [r'"two words"', r'"a \"quote\" and a \\"', f'"{"k" * 255}"', ' "one"\t']
    answers = [apply(http, token, publish(parts), key=key) for key in quoted]
    assert [answer.status_code for answer in answers] == [202] * 4
    assert apply(http, token, posting, key="one").status_code == 422  # an earlier request used it


def test_invalid_key_is_refused(http: Client, token: str, posting: str, parts: Container) -> None:
    """Refuse the header; tests/unit/http/test_idempotency.py has all kinds of invalid keys."""
    for key in ("", '""', "a b", "é", "k" * 256, "one\u2003", '"one', r'"o\ne"', '"a", "b"'):
        assert problem(apply(http, token, posting, key=key)) == (400, "invalid-idempotency-key")
    assert Leases(parts.recruiting.lanes[0]).claim("drain").jobs == []


def test_concurrent_requests_accept_one_application(
    http: Client, token: str, posting: str, parts: Container
) -> None:
    """Accepting is one atomic step, so the other requests get the answer of the first."""
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: apply(http, token, posting, key="one"), range(16)))
    assert {(answer.status_code, answer.body) for answer in answers} == {(202, answers[0].body)}
    assert len(Leases(parts.recruiting.lanes[0]).claim("drain").jobs) == 1


def test_rate_limit_answers_with_retry_after(
    http: Client, token: str, log_in: LogIn, parts: Container
) -> None:
    limit(parts, Limits(rates=(Rate.parse("2 per minute"),)))
    postings = [publish(parts) for _ in range(3)]
    assert [apply(http, token, posting).status_code for posting in postings] == [202, 202, 429]
    refused = apply(http, token, postings[2], key="one")
    assert problem(refused) == (429, "too-many-requests")
    assert 50 <= int(refused.headers["Retry-After"]) <= 60
    detail = json.loads(refused.body)["detail"]
    assert detail.startswith("We accept at most 2 applications in a minute. Try again in ")
    assert apply(http, token, postings[0]).status_code == 202  # a repeat does not count
    assert apply(http, log_in("bob@example.com"), postings[2]).status_code == 202


def test_full_lane_refuses_and_wakes_a_drain(http: Client, token: str, parts: Container) -> None:
    limit(parts, Limits(max_lane_length=1))
    assert apply(http, token, publish(parts)).status_code == 202
    waker = RecordingWaker()
    parts.override(waker=waker)
    assert problem(apply(http, token, publish(parts))) == (429, "too-many-requests")
    # The lane may be full because its drain died.
    assert len(waker.wakes) == 1


@pytest.mark.usefixtures("parts")
def test_rate_limits_come_from_the_environment(
    read_secret: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HIRELANE_APPLY_LIMITS", "1 per minute, 5 per hour")
    lanes = Container("api", read_secret=read_secret).recruiting.lanes
    assert lanes[0].limits.rates == (Rate(1, 60), Rate(5, 3600))


def test_waiting_application_has_a_position(
    http: Client, token: str, log_in: LogIn, parts: Container
) -> None:
    bob = log_in("bob@example.com")
    for _ in range(3):
        apply(http, bob, publish(parts))
    answers = [json.loads(apply(http, token, publish(parts)).body) for _ in range(2)]
    statuses = [
        json.loads(get(http, f"/v1/applications/{answer['id']}", token).body) for answer in answers
    ]
    assert [status["status"] for status in statuses] == ["accepted", "accepted"]
    assert [status["waiting"] for status in statuses] == [
        {"position": 1, "ahead": 2, "seconds": None},
        {"position": 2, "ahead": 3, "seconds": None},
    ]


def test_status_wakes_a_drain_if_none_runs(
    http: Client, token: str, posting: str, parts: Container
) -> None:
    lanes = parts.recruiting.lanes[0]
    application = json.loads(apply(http, token, posting).body)
    waker = RecordingWaker()
    parts.override(waker=waker)
    get(http, f"/v1/applications/{application['id']}", token)
    assert len(waker.wakes) == 1
    get(http, f"/v1/applications/{application['id']}", token)
    assert len(waker.wakes) == 1
    assert lanes.redis.zcard(lanes.keys.drains(lanes.kind)) == 1
