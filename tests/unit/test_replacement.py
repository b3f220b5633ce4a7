"""The replacement of failed drains."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.bootstrap.replacement import MAX_REPLACEMENTS, replace_drain
from chalicelib.queue import Wake
from tests.support.lanes import RecordingWaker


def replace(monkeypatch: pytest.MonkeyPatch, needed: bool, replacements: int | None) -> list[Wake]:
    """Handle the record of a failed invocation, as Lambda sends it. Return the woken drains."""

    def replace_in_queue(lanes: object, drain_id: str) -> Wake | None:
        assert (lanes, drain_id) == ("lanes of shard 1", "failed")
        return Wake("mail", 1, "new") if needed else None

    monkeypatch.setattr("chalicelib.queue.admin.replace_drain", replace_in_queue)
    waker = RecordingWaker()
    parts: Any = SimpleNamespace(lanes=lambda kind: {1: "lanes of shard 1"}, waker=waker)
    payload: dict[str, Any] = {"kind": "mail", "shard": 1, "drain_id": "failed"}
    if replacements is not None:
        payload["replacements"] = replacements
    record = {
        "version": "1.0",
        "requestContext": {"condition": "RetriesExhausted", "approximateInvokeCount": 1},
        "requestPayload": payload,
        "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
        "responsePayload": {"errorType": "Runtime.ExitError"},
    }
    assert replace_drain(parts, record) == {"replaced": bool(waker.wakes)}
    return waker.wakes


@pytest.mark.parametrize(("before", "after"), [(None, 1), (0, 1), (MAX_REPLACEMENTS - 1, 20)])
def test_failed_drain_is_replaced_and_counted(
    monkeypatch: pytest.MonkeyPatch, before: int | None, after: int
) -> None:
    assert replace(monkeypatch, needed=True, replacements=before) == [Wake("mail", 1, "new", after)]


def test_drain_that_nobody_needs_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    assert replace(monkeypatch, needed=False, replacements=0) == []


def test_drain_that_always_fails_is_left_to_the_schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    assert replace(monkeypatch, needed=True, replacements=MAX_REPLACEMENTS) == []
