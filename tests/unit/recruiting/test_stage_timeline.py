"""Stage timeline: what the candidate sees of the changes of the stage, and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.recruiting.applications.events import make_event
from chalicelib.recruiting.applications.stage_timeline import stage_timeline

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def event(minute: int, kind: str, origin: str, to: str, delay: int | None) -> dict[str, Any]:
    """Return an event; ``delay`` is that of its e-mail in minutes, None if there is none."""
    data = {"from": origin, "to": to, "words": to.title()}
    if delay is not None:
        data["email"] = {"message": "", "delay_minutes": delay}  # type: ignore[assignment]
    return make_event(3, kind, "member", NOON + timedelta(minutes=minute), data)


MOVED = event(0, "moved", "new", "review", None)
REJECTED = event(10, "rejected", "review", "rejected", 60)
UNDONE = event(30, "reinstated", "rejected", "review", None)
AT_FIRST = event(10, "rejected", "new", "rejected", 60)


@pytest.mark.parametrize(
    ("minute", "events", "seen"),
    [
        (69, [MOVED, REJECTED], "0 moved Review"),
        (70, [MOVED, REJECTED], "0 moved Review, 70 rejected Rejected"),
        (10, [event(10, "rejected", "new", "rejected", None)], "10 rejected Rejected"),
        (10, [event(10, "rejected", "new", "rejected", 0)], "10 rejected Rejected"),
        # The clock of the worker was ahead.
        (9, [event(10, "rejected", "new", "rejected", 0)], "10 rejected Rejected"),
        # Undone in time, also in the first stage, and into another stage.
        (90, [MOVED, REJECTED, UNDONE], "0 moved Review"),
        (90, [AT_FIRST, event(30, "reinstated", "rejected", "new", None)], ""),
        (90, [MOVED, REJECTED, event(30, "reinstated", "rejected", "new", None)],
         "0 moved Review, 30 moved New"),
        # Undone too late.
        (90, [MOVED, REJECTED, event(80, "reinstated", "rejected", "review", None)],
         "0 moved Review, 70 rejected Rejected, 80 moved Review"),
        # Rejected again.
        (90, [MOVED, REJECTED, UNDONE, event(40, "rejected", "review", "rejected", None)],
         "0 moved Review, 40 rejected Rejected"),
        # Withdrawn in time, and too late. An event that changes no stage does not count.
        (90, [REJECTED, make_event(4, "withdrawn", "candidate", NOON + timedelta(minutes=69), {})],
         ""),
        (90, [REJECTED, make_event(4, "withdrawn", "candidate", NOON + timedelta(minutes=70), {})],
         "70 rejected Rejected"),
        (90, [REJECTED, make_event(4, "noted", "member", NOON + timedelta(minutes=20), {})],
         "70 rejected Rejected"),
    ],
)  # fmt: skip
def test_rejection_is_shown_when_its_email_is_planned(
    minute: int, events: list[dict[str, Any]], seen: str
) -> None:
    shown = stage_timeline(events, NOON + timedelta(minutes=minute))
    assert seen == ", ".join(
        f"{(one.at - NOON) // timedelta(minutes=1)} {one.event} {one.words}" for one in shown
    )
