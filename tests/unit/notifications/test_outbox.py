"""The outbox: lanes without addresses, and full lanes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from chalicelib.notifications.outbox import MailOutbox
from chalicelib.queue import AcceptedJob, AcceptRequest, LaneFull, Wake
from tests.support.lanes import RecordingWaker

WAKE = Wake("mail", 0, "a drain")


class Greeting(msgspec.Struct, frozen=True, tag="greeting"):
    text: str


class FakeLanes:
    """Lanes that accept every job, or are full."""

    def __init__(self, *, full: bool = False, wake: Wake | None = None) -> None:
        self.full = full
        self.wake = wake
        self.requests: list[AcceptRequest] = []

    def of(self, owner: str) -> FakeLanes:
        return self

    def accept(self, request: AcceptRequest) -> AcceptedJob:
        if self.full:
            raise LaneFull(self.wake)
        self.requests.append(request)
        now = datetime.now(UTC)
        return AcceptedJob(request.job.id, now, 1, False, False, self.wake)


def enqueue(lanes: Any) -> list[Wake]:
    """Enqueue an e-mail. Return the drains that were woken."""
    waker = RecordingWaker()
    MailOutbox(lanes, waker, lambda: "c1").enqueue(Greeting("Hello"), "ada@example.com")
    return waker.wakes


def test_queued_mail_has_no_address_in_its_lane() -> None:
    lanes = FakeLanes()
    assert enqueue(lanes) == []
    [request] = lanes.requests
    assert "ada" not in request.owner
    assert request.job.correlation_id == "c1"
    assert request.job.kwargs == {
        "id": request.job.id,
        "words": {"type": "greeting", "text": "Hello"},
        "to": None,
    }


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("wake", [None, WAKE])
def test_needed_drain_is_woken_even_if_the_lane_is_full(full: bool, wake: Wake | None) -> None:
    assert enqueue(FakeLanes(full=full, wake=wake)) == ([wake] if wake else [])
