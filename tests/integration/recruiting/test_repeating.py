"""Calls that are repeated, too many, or looked at while they wait."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from chalice.test import Client

from chalicelib.bootstrap.container import Services, services
from chalicelib.queue import Limits, Rate, Shards, Wake
from chalicelib.queue.worker import Leases
from chalicelib.recruiting.applications.rate_wording import in_words
from tests.integration.recruiting.steps import apply, get, publish
from tests.support.lanes import RecordingWaker

LogIn = Callable[[str], str]


@pytest.fixture
def token(log_in: LogIn) -> str:
    return log_in("ada@example.com")


def limit(parts: Services, limits: Limits) -> None:
    """Give the API other limits."""
    lanes = Shards(parts.redis, "applications", limits=limits)
    parts.accepting._lanes = lanes


def problem(answer: Any) -> tuple[int, str]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.status_code, json.loads(answer.body)["type"].rpartition(":")[2]


def test_the_same_key_and_body_give_the_same_bytes(
    http: Client, token: str, posting: str, parts: Services
) -> None:
    first = apply(http, token, posting, key="one", cover_letter="Hello")
    assert first.status_code == 202
    for _ in range(3):
        again = apply(http, token, posting, key="one", cover_letter="Hello")
        assert (again.status_code, again.body) == (202, first.body)
        assert again.headers["Location"] == first.headers["Location"]
    assert len(Leases(parts.application_lanes[0]).claim("drain").jobs) == 1


def test_what_was_not_taken_is_called_a_repeat(
    http: Client, token: str, posting: str, parts: Services
) -> None:
    """Whoever hears that knows that this letter was not kept, but the one before."""
    first = json.loads(apply(http, token, posting, key="one", cover_letter="Hello").body)
    assert first["repeat"] is False
    of_second = apply(http, token, posting, key="two", cover_letter="Hello again")
    assert json.loads(of_second.body) == first | {"repeat": True}
    of_third = apply(http, token, posting, cover_letter="Hello again")
    assert of_third.body == of_second.body
    # The same calls again are answered the same.
    for key, letter, repeat in (("one", "Hello", False), ("two", "Hello again", True)):
        answer = apply(http, token, posting, key=key, cover_letter=letter)
        assert json.loads(answer.body)["repeat"] is repeat
    assert len(Leases(parts.application_lanes[0]).claim("drain").jobs) == 1


def test_a_call_that_the_client_of_redis_repeats_is_no_repeat(
    http: Client, token: str, posting: str, parts: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    lanes = parts.application_lanes[0]
    accept = type(lanes).accept_many

    def twice(of: Any, requests: Any) -> Any:
        accept(of, requests)
        return accept(of, requests)

    monkeypatch.setattr(type(lanes), "accept_many", twice)
    assert json.loads(apply(http, token, posting).body)["repeat"] is False
    other = apply(http, token, publish(parts), key="one")
    assert json.loads(other.body)["repeat"] is False


def test_the_same_key_and_another_body_are_refused(
    http: Client, token: str, posting: str, parts: Services
) -> None:
    apply(http, token, posting, key="one", cover_letter="Hello")
    other = apply(http, token, posting, key="one", cover_letter="Another")
    assert problem(other) == (422, "idempotency-key-reused")
    other = apply(http, token, publish(parts), key="one", cover_letter="Hello")
    assert problem(other) == (422, "idempotency-key-reused")


def test_a_refusal_is_repeated_too(http: Client, token: str, parts: Services) -> None:
    closed = publish(parts, closes_in=timedelta(seconds=-1))
    first = apply(http, token, closed, key="one")
    assert problem(first) == (409, "posting-closed")
    parts.application_lanes.open_gate(closed)
    assert apply(http, token, closed, key="one").body == first.body
    assert apply(http, token, closed, key="two").status_code == 202


def test_a_key_may_be_quoted_as_the_draft_says(http: Client, token: str, posting: str) -> None:
    first = apply(http, token, posting, key='"one"')
    assert apply(http, token, posting, key="one").body == first.body


def test_a_quoted_key_may_hold_what_a_bare_one_may_not(
    http: Client, token: str, posting: str, parts: Services
) -> None:
    quoted = [r'"two words"', r'"a \"quote\" and a \\"', f'"{"k" * 255}"', ' "one"\t']
    answers = [apply(http, token, publish(parts), key=key) for key in quoted]
    assert [answer.status_code for answer in answers] == [202] * 4
    assert apply(http, token, posting, key="one").status_code == 422  # it is the last one's


def test_invalid_key_is_refused(http: Client, token: str, posting: str, parts: Services) -> None:
    """Refuse the header; tests/unit/test_idempotency.py has all kinds of invalid keys."""
    for key in ("", '""', "a b", "é", "k" * 256, "one\u2003", '"one', r'"o\ne"', '"a", "b"'):
        assert problem(apply(http, token, posting, key=key)) == (400, "invalid-idempotency-key")
    assert Leases(parts.application_lanes[0]).claim("drain").jobs == []


def test_pressing_the_button_many_times_at_once_makes_one_application(
    http: Client, token: str, posting: str, parts: Services
) -> None:
    """No call finds another in flight: accepting is one step, later ones hear its answer."""
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: apply(http, token, posting, key="one"), range(16)))
    assert {(answer.status_code, answer.body) for answer in answers} == {(202, answers[0].body)}
    assert len(Leases(parts.application_lanes[0]).claim("drain").jobs) == 1


def test_too_many_applications_are_told_when_to_come_back(
    http: Client, token: str, log_in: LogIn, parts: Services
) -> None:
    limit(parts, Limits(rates=(Rate.parse("2 per minute"),)))
    postings = [publish(parts) for _ in range(3)]
    assert [apply(http, token, posting).status_code for posting in postings] == [202, 202, 429]
    refused = apply(http, token, postings[2], key="one")
    assert problem(refused) == (429, "too-many-requests")
    assert 50 <= int(refused.headers["Retry-After"]) <= 60
    detail = json.loads(refused.body)["detail"]
    assert detail.startswith("We take at most 2 applications in a minute. Try again in ")
    assert apply(http, token, postings[0]).status_code == 202  # a repeat is none too many
    assert apply(http, log_in("bob@example.com"), postings[2]).status_code == 202


def test_limits_are_told_as_people_say_them() -> None:
    rates = [Rate.parse(text) for text in ("1 per hour", "5 per 2 days", "9 per 90 seconds")]
    assert in_words(rates) == "1 application in an hour, 5 in 2 days, 9 in 90 seconds"


def test_a_candidate_s_lane_has_a_length(http: Client, token: str, parts: Services) -> None:
    limit(parts, Limits(max_lane_length=1))
    assert apply(http, token, publish(parts)).status_code == 202
    woken: list[Wake] = []
    parts.accepting._waker = RecordingWaker(woken)
    assert problem(apply(http, token, publish(parts))) == (429, "too-many-requests")
    # It may be full because whoever was to serve it has died.
    assert len(woken) == 1


def test_the_limits_are_settings(parts: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIRELANE_APPLY_LIMITS", "1 per minute, 5 per hour")
    services.cache_clear()
    assert services("api").application_lanes[0].limits.rates == (Rate(1, 60), Rate(5, 3600))


def test_what_waits_tells_its_place(
    http: Client, token: str, log_in: LogIn, parts: Services
) -> None:
    bob = log_in("bob@example.com")
    for _ in range(3):
        apply(http, bob, publish(parts))
    answers = [json.loads(apply(http, token, publish(parts)).body) for _ in range(2)]
    told = [
        json.loads(get(http, f"/v1/applications/{answer['id']}", token).body) for answer in answers
    ]
    assert [progress["status"] for progress in told] == ["accepted", "accepted"]
    assert [progress["waiting"] for progress in told] == [
        {"position": 1, "ahead": 2, "seconds": None},
        {"position": 2, "ahead": 3, "seconds": None},
    ]


def test_looking_at_what_waits_wakes_a_worker(
    http: Client, token: str, posting: str, parts: Services
) -> None:
    lanes = parts.application_lanes[0]
    application = json.loads(apply(http, token, posting).body)
    woken: list[Wake] = []
    parts.following._own_lanes._waker = RecordingWaker(woken)
    get(http, f"/v1/applications/{application['id']}", token)
    assert len(woken) == 1
    get(http, f"/v1/applications/{application['id']}", token)
    assert len(woken) == 1
    assert lanes.redis.zcard(lanes.keys.drains(lanes.kind)) == 1
