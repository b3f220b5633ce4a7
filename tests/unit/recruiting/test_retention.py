"""When an application has been decided on, which retention counts from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.recruiting.erasure.retention import closing_time, decided_at
from chalicelib.recruiting.pipeline.postings import PostingPipeline

DAYS = [datetime(2026, 11, day, tzinfo=UTC) for day in range(1, 10)]
PIPELINE = PostingPipeline("posting", "Rigger", "Yard & Sons")


@pytest.mark.parametrize(
    ("stage", "more", "closed_at", "expected"),
    [
        ("rejected", {}, None, DAYS[3]),
        ("rejected", {}, DAYS[5], DAYS[3]),
        ("new", {}, None, None),
        ("new", {}, DAYS[5], DAYS[5]),
        ("new", {}, DAYS[1], DAYS[3]),
        ("hired", {}, DAYS[5], None),
        ("hired", {"withdrawn_at": DAYS[4]}, None, DAYS[4]),
        ("removed-stage", {}, DAYS[5], DAYS[5]),
        ("new", {"withdrawn_at": DAYS[4]}, DAYS[5], DAYS[4]),
    ],
)
def test_decision_depends_on_stage_and_posting(
    stage: str, more: dict[str, Any], closed_at: datetime | None, expected: datetime | None
) -> None:
    document = {"stage": stage, "entered_at": DAYS[3], **more}
    assert decided_at(document, PIPELINE, closed_at) == expected


@pytest.mark.parametrize(
    ("posting", "expected"),
    [
        ({"state": "closed", "closed_at": DAYS[1], "closes_at": DAYS[2]}, DAYS[1]),
        ({"state": "published", "closes_at": DAYS[2]}, DAYS[2]),
        ({"state": "published", "closes_at": DAYS[4] + timedelta(seconds=1)}, None),
        ({"closes_at": None}, None),
        ({}, None),
    ],
)
def test_posting_closes_by_hand_or_by_its_deadline(
    posting: dict[str, Any], expected: datetime | None
) -> None:
    assert closing_time(posting, DAYS[4]) == expected
