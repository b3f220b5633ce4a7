"""The changes of an application's stage that its candidate sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.recruiting.applications.events import STAGE_EVENTS, announcement_time
from chalicelib.recruiting.applications.models import TimelineEvent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from chalicelib.recruiting.applications.events import StoredEvent
    from chalicelib.recruiting.applications.models import Event

MOST_STAGE_EVENTS = 20


def stage_timeline(events: Sequence[StoredEvent], now: datetime) -> list[TimelineEvent]:
    """Return the newest changes of the stage that the candidate can see.

    A rejection with a delayed e-mail is shown from the time for which the e-mail is planned, also
    if the e-mail is cancelled. If it is undone or the candidate withdraws before that time, it is
    never shown. Consecutive stages with the same words are shown once.

    Args:
        events: the events of the application.
        now: the present time.
    """
    changes = [one for one in events if one["kind"] in STAGE_EVENTS or one["kind"] == "withdrawn"]
    ends = [*(change["at"] for change in changes[1:]), now]
    shown: list[TimelineEvent] = []
    # The stage that the candidate still sees after a hidden rejection.
    believed = ""
    for change, end in zip(changes, ends, strict=False):
        if change["kind"] == "withdrawn":
            continue
        at, data = announcement_time(change), change["data"]
        # Without a delay it is shown, also if the clock of the worker was ahead of this one.
        if at > change["at"] and at > min(end, now):
            believed = data["from"]
            continue
        is_known = data["to"] == believed or (shown and shown[-1].words == data["words"])
        believed = ""
        if not is_known:
            kind: Event = "moved" if change["kind"] == "reinstated" else change["kind"]
            shown.append(TimelineEvent(kind, at, data["words"]))
    return shown[-MOST_STAGE_EVENTS:]
