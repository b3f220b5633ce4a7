"""Times that both stores keep, or that are answered before and after they are stored."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from chalice.test import Client

from chalicelib.bootstrap.container import Container
from chalicelib.recruiting.postings.models import PostingsQuery
from tests.integration.recruiting.candidates import Candidate
from tests.integration.recruiting.steps import apply, publish


@pytest.fixture
def new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as changed:
        changed.setenv("TZ", "America/New_York")
        time.tzset()
        yield
    time.tzset()


HOUR = timedelta(hours=1)
CLOSING_TIMES = {
    "naive, an hour ago in UTC": (lambda: datetime.now(UTC).replace(tzinfo=None) - HOUR, False),
    "naive, in an hour in UTC": (lambda: datetime.now(UTC).replace(tzinfo=None) + HOUR, True),
    "local, an hour ago": (lambda: datetime.now().astimezone() - HOUR, False),
    "local, in an hour": (lambda: datetime.now().astimezone() + HOUR, True),
    "1970": (lambda: datetime(1970, 1, 1, tzinfo=UTC), False),
    "naive 1970": (lambda: datetime(1970, 1, 1), False),
    "first microseconds of 1970": (lambda: datetime(1970, 1, 1, 0, 0, 0, 999, tzinfo=UTC), False),
    "before 1970": (lambda: datetime(1969, 12, 31, tzinfo=UTC), False),
    "never": (lambda: None, True),
}


@pytest.mark.parametrize(("closes_at", "is_open"), CLOSING_TIMES.values(), ids=CLOSING_TIMES)
def test_list_and_queue_close_a_posting_together(
    ada: Candidate, http: Client, parts: Container, new_york: None, closes_at: Any, is_open: bool
) -> None:
    recruiting = parts.recruiting
    posting_id = publish(parts)
    posting = msgspec.structs.replace(recruiting.postings.get(posting_id), closes_at=closes_at())
    recruiting.postings.publish(posting)
    listed = {
        "list": recruiting.posting_search.page(PostingsQuery()).total,
        "search": recruiting.posting_search.page(PostingsQuery(q="boat")).total,
    }
    assert listed == {"list": is_open, "search": is_open}
    assert apply(http, ada.token, posting_id).status_code == (202 if is_open else 409)
    # Redis lost its memory, and the gate is opened again from the stored posting.
    parts.redis.flushall()
    assert apply(http, ada.token, posting_id).status_code == (202 if is_open else 409)


def test_closing_time_is_the_same_millisecond_in_both_stores(parts: Container) -> None:
    closes_at = datetime(2031, 1, 1, 0, 0, 0, 1999, tzinfo=UTC)
    posting = parts.recruiting.postings.get(publish(parts))
    parts.recruiting.postings.publish(msgspec.structs.replace(posting, closes_at=closes_at))
    stored = parts.recruiting.postings.get(posting.id).closes_at
    lanes = parts.recruiting.lanes[0]
    assert stored == datetime(2031, 1, 1, 0, 0, 0, 1000, tzinfo=UTC)
    gate: Any = parts.redis.hget(lanes.keys.gates(), posting.id)
    assert int(gate) == round(stored.timestamp() * 1000)


def test_new_account_has_the_time_that_is_stored(parts: Container) -> None:
    for _ in range(3):
        account = parts.auth.accounts.create(f"{time.time()}@example.com", "Ada", "x")
        assert account["created_at"] == parts.auth.accounts.get(account["_id"])["created_at"]
