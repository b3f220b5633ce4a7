"""The events of an application, which are stored in its document.

Each event is ``{n, kind, actor, at, data}``. ``n`` counts from 1 without gaps, and ``version`` of
the document is the number of events. The event of a command also has its id (``command``). A change
of an application and its event are one write, which requires the version that was read. So a
worker that was slow cannot undo the change of another one.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.common import times

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    Document = Mapping[str, Any]
    StoredEvent = dict[str, Any]

# The actor of what the candidate did. Their account id is no business of the employer.
CANDIDATE = "candidate"
# The events that change the stage of an application, by kind.
STAGE_EVENTS = frozenset(("moved", "rejected", "reinstated", "hired"))


def make_event(
    n: int, kind: str, actor: str, at: datetime, data: Document, command: str = ""
) -> StoredEvent:
    """Return an event as it is stored."""
    event = {"n": n, "kind": kind, "actor": actor, "at": at, "data": dict(data)}
    return event | {"command": command} if command else event


def first_events(accepted_at: datetime, stored_at: datetime | None) -> list[StoredEvent]:
    """Return the events with which an application begins.

    Args:
        accepted_at: when the queue accepted it.
        stored_at: when it was stored; None for a tombstone.
    """
    events = [make_event(1, "accepted", CANDIDATE, accepted_at, {})]
    if stored_at:
        events.append(make_event(2, "stored", CANDIDATE, stored_at, {}))
    return events


def events_of(document: Document) -> list[StoredEvent]:
    """Return the events of an application; for a document of an earlier version, from its times."""
    if "events" in document:
        return list(document["events"])
    events = first_events(document["accepted_at"], document.get("stored_at"))
    if "withdrawn_at" in document:
        at = document["withdrawn_at"]
        events.append(make_event(len(events) + 1, "withdrawn", CANDIDATE, at, {}))
    return events


def stage_event_of(document: Document) -> StoredEvent | None:
    """Return the last event that changed the stage of an application, or None."""
    return next((one for one in reversed(events_of(document)) if one["kind"] in STAGE_EVENTS), None)


def announcement_time(event: Document) -> datetime:
    """Return the time for which the e-mail of an event is planned, or the time of the event.

    The candidate learns of the event at that time, also if the e-mail is cancelled.
    """
    email = event["data"].get("email", {})
    at: datetime = event["at"]
    return at + timedelta(minutes=email.get("delay_minutes", 0))


class ApplicationChange:
    """New events of an application, and the fields that change with them.

    Args:
        document: the application as it was read. Its events may be left out.
    """

    def __init__(self, document: Document) -> None:
        self.application_id: str = document["_id"]
        self._version: int | None = document.get("version")
        # The events of a document of an earlier version are stored with the first new one.
        self._events = events_of(document) if self._version is None else []
        self._fields: dict[str, Any] = {}

    @property
    def version(self) -> int:
        """The version of the application with this change."""
        return (self._version or 0) + len(self._events)

    def add(
        self, kind: str, actor: str, data: Document | None = None, command: str = ""
    ) -> StoredEvent:
        """Add an event, which happens now. Return it."""
        event = make_event(self.version + 1, kind, actor, times.now(), data or {}, command)
        self._events.append(event)
        return event

    def set(self, **fields: Any) -> None:
        """Set fields of the application."""
        self._fields.update(fields)

    def withdraw(self) -> None:
        """Add the withdrawal of the application."""
        event = self.add("withdrawn", CANDIDATE)
        self.set(active=False, withdrawn_at=event["at"])

    def to_update(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the filter and the update for MongoDB."""
        # MongoDB finds documents without a version by null.
        unchanged = {"_id": self.application_id, "version": self._version}
        return unchanged, {
            "$set": {**self._fields, "version": self.version},
            "$push": {"events": {"$each": self._events}},
            # The index of applicants has the former state (``waiting_repository``).
            "$unset": {"indexed": ""},
        }
