"""The amendments of an application that its candidate sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.recruiting.amendments.rules import (
    AMENDED,
    NOT_AMENDED,
    REFUSAL_DETAILS,
    AmendmentRefusal,
)
from chalicelib.recruiting.applications.models import TimelineEvent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.recruiting.applications.events import StoredEvent

MOST_AMENDMENTS = 20


def amendment_timeline(events: Sequence[StoredEvent]) -> list[TimelineEvent]:
    """Return the newest amendments, carried out or not, oldest first."""
    shown = []
    for event in events:
        data = event["data"]
        if event["kind"] == AMENDED:
            shown.append(TimelineEvent("amended", event["at"], revision=data["revision"]))
        elif event["kind"] == NOT_AMENDED:
            refusal = AmendmentRefusal(data["reason"])
            shown.append(
                TimelineEvent(
                    "not_amended",
                    event["at"],
                    reason=refusal.value,
                    detail=REFUSAL_DETAILS[refusal],
                )
            )
    return shown[-MOST_AMENDMENTS:]
