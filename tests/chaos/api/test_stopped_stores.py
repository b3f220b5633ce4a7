"""The API while a store is stopped, and after it is back."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from chalice.test import Client, HTTPResponse

from chalicelib.bootstrap.container import Container
from tests.integration.recruiting.steps import PASSWORD, apply, get, post, publish
from tests.support.assertions import answers_within
from tests.support.stores import Stores

EMAIL = "ada@example.com"


def open_session(http: Client) -> HTTPResponse:
    return post(http, "/v1/sessions", {"email": EMAIL, "password": PASSWORD})


@pytest.mark.parametrize("disturb", ["kill", "pause"])
def test_without_redis_no_application_is_accepted(
    http: Client,
    parts: Container,
    log_in: Callable[[str], str],
    posting: str,
    stores: Stores,
    disturb: str,
) -> None:
    token = log_in(EMAIL)
    # The pool holds a warm connection, as in a function that has served before.
    apply(http, token, publish(parts))
    getattr(stores.stack, disturb)("valkey")
    try:
        answer = answers_within(1, lambda: apply(http, token, posting))
        ready = http.http.get("/health/ready")
    finally:
        if disturb == "kill":
            stores.stack.restart("valkey")
        else:
            stores.stack.resume("valkey")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert ready.status_code == 503
    assert json.loads(ready.body)["checks"]["redis"]["ok"] is False
    assert apply(http, token, posting).status_code == 202


def test_without_mongodb_applications_are_accepted_and_followed(
    http: Client, log_in: Callable[[str], str], posting: str, stores: Stores
) -> None:
    token = log_in(EMAIL)
    stores.stack.kill("mongodb")
    try:
        accepted = apply(http, token, posting)
        receipt = json.loads(accepted.body)
        progress = get(http, f"/v1/applications/{receipt['id']}", token)
        ready = json.loads(http.http.get("/health/ready").body)
    finally:
        stores.stack.restart("mongodb")
    assert accepted.status_code == 202
    assert json.loads(progress.body)["status"] == "accepted"
    assert ready["ready"] is False
    assert ready["checks"]["mongodb"]["ok"] is False
    assert ready["checks"]["redis"]["ok"] is True


@pytest.mark.parametrize("service", ["valkey", "mongodb"])
def test_log_in_fails_while_a_store_is_down_and_works_after(
    http: Client, parts: Container, log_in: Callable[[str], str], stores: Stores, service: str
) -> None:
    account_id = parts.auth.access_tokens.verify(log_in(EMAIL)).account_id
    assert open_session(http).status_code == 200
    stores.stack.kill(service)
    try:
        answer = open_session(http)
    finally:
        stores.stack.restart(service)
    assert answer.status_code == 503
    assert json.loads(answer.body)["type"] == "urn:hirelane:problem:unavailable"
    assert "Set-Cookie" not in answer.headers
    assert parts.database["sessions"].count_documents({"account_id": account_id}) == 2
    assert open_session(http).status_code == 200
