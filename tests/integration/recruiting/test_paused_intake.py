"""A paused intake over HTTP: new applications wait, everything else goes on."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from chalice.test import Client, HTTPResponse

from chalicelib.bootstrap.container import Container
from chalicelib.queue.admin import Pauses, ShardCount, ShardsInUse
from tests.integration.recruiting.candidates import (
    Candidate,
    drain_applications,
    take_confirmations,
)
from tests.integration.recruiting.steps import apply, problem, publish


@pytest.fixture
def pauses(parts: Container) -> Pauses:
    return Pauses(parts.recruiting.lanes)


def apply_with_key(http: Client, token: str, posting: str) -> HTTPResponse:
    headers = {
        "Authorization": f"Bearer {token}",
        "Idempotency-Key": "the-same",
        "Content-Type": "application/json",
    }
    body = json.dumps({"cover_letter": "Hello"}).encode()
    return http.http.post(f"/v1/postings/{posting}/applications", headers=headers, body=body)


def intake(http: Client) -> tuple[int, str]:
    answer = http.http.get("/health/ready")
    return answer.status_code, json.loads(answer.body)["intake"]


def test_paused_intake_refuses_new_applications_only(
    http: Client, ada: Candidate, posting: str, parts: Container, pauses: Pauses
) -> None:
    applied = ada.apply(posting)
    assert intake(http) == (200, "open")
    pauses.pause("intake", "Redis gets more memory")
    assert intake(http) == (200, "paused")
    other = publish(parts)
    refused = apply_with_key(http, ada.token, other)
    assert problem(refused) == (503, "intake-paused")
    assert refused.headers["Retry-After"] == "60"
    assert "memory" not in str(refused.body), "the reason is for operators"
    # A repeated application gets its receipt, is stored, and can be withdrawn.
    assert ada.apply(posting) == applied
    drain_applications(parts)
    assert ada.status(applied)["status"] == "stored"
    ada.withdraw(applied)
    pauses.resume("intake")
    assert apply_with_key(http, ada.token, other).status_code == 202


def test_other_number_of_shards_is_not_ready_and_accepts_nothing(
    http: Client, log_in: Callable[[str], str], posting: str, parts: Container
) -> None:
    """Another deployment changed the number, and this process has the former one."""
    token = log_in("ada@example.com")
    count = ShardCount(parts.redis)
    count.register(parts.settings.environment.shards)
    assert http.http.get("/health/ready").status_code == 200
    count.change(4)
    ready = http.http.get("/health/ready")
    assert ready.status_code == 503
    assert "has another number of shards" in json.loads(ready.body)["checks"]["redis"]["problem"]
    refused = apply(http, token, posting)
    assert problem(refused) == (503, "unavailable")
    assert json.loads(refused.body)["detail"] == "The queue has another number of shards."
    with pytest.raises(Exception, match="HIRELANE_SHARDS is 1, but the queue has 4 shards"):
        parts.operations.prepare()
    count.change(1)
    assert apply(http, token, posting).status_code == 202


def test_number_of_shards_changes_after_everything_is_stored(
    ada: Candidate, posting: str, parts: Container
) -> None:
    """The steps that docs/operations.md describes lead to an empty queue."""
    parts.equation.prepare()
    application = ada.apply(posting)
    count = ShardCount(parts.redis)
    count.register(1)
    with pytest.raises(ShardsInUse, match="lanes with jobs"):
        count.change(4)
    drain_applications(parts)
    take_confirmations(parts)
    with pytest.raises(ShardsInUse) as refusal:
        count.change(4)
    assert refusal.value.found == {"logs with entries": 1}
    parts.equation.sweep()
    count.change(4)
    assert ada.status(application)["status"] == "stored"
