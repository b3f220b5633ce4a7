"""Rules of amendments: until when a candidate can change an application, and what changed."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from chalicelib.recruiting.applications.contents import CONTENT_FIELDS
from chalicelib.recruiting.applications.events import STAGE_EVENTS, announcement_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    Document = Mapping[str, Any]

AMENDED = "amended"
NOT_AMENDED = "not_amended"
# An employer reads every change, and each revision is stored for good.
MAX_AMENDMENTS = 100
_DECISIONS = frozenset(("rejected", "hired"))
# What changed, as employers and candidates see it, and the fields that hold it.
PARTS = {
    "cover_letter": ("cover_letter",),
    "links": ("links",),
    "answers": ("form_version", "answers"),
    "files": ("files",),
}


class AmendmentRefusal(StrEnum):
    """Why an application was not changed."""

    WITHDRAWN = "withdrawn"
    DECIDED = "decided"
    SUPERSEDED = "superseded"
    TOO_MANY = "too_many_amendments"
    ERASED = "erased"


REFUSAL_DETAILS = {
    AmendmentRefusal.WITHDRAWN: "You had withdrawn the application.",
    AmendmentRefusal.DECIDED: "The employer had decided.",
    AmendmentRefusal.SUPERSEDED: "A later change was stored before this one.",
    AmendmentRefusal.ERASED: "The application was erased.",
    AmendmentRefusal.TOO_MANY: f"It can be changed at most {MAX_AMENDMENTS} times.",
}


def refusal_of(
    document: Document,
    events: Sequence[Document],
    now: datetime,
    accepted_at: datetime | None = None,
) -> AmendmentRefusal | None:
    """Return why an application cannot be changed, or None.

    It can be changed until the employer rejects or hires the candidate. A rejection counts from the
    time when the candidate learns of it, because a refusal before that would announce it.

    Args:
        document: the application.
        events: its events.
        now: the present time.
        accepted_at: when the amendment was accepted; None for one that is not accepted yet. A dead
            letter that an operator redrives may be older than what the application has.
    """
    if "withdrawn_at" in document:
        return AmendmentRefusal.WITHDRAWN
    if sum(event["kind"] in (AMENDED, NOT_AMENDED) for event in events) >= MAX_AMENDMENTS:
        return AmendmentRefusal.TOO_MANY
    last = next((one for one in reversed(events) if one["kind"] in STAGE_EVENTS), None)
    if last and last["kind"] in _DECISIONS and _is_known(last, now):
        return AmendmentRefusal.DECIDED
    if accepted_at and any(
        event["kind"] == AMENDED and event["data"]["accepted_at"] > accepted_at for event in events
    ):
        return AmendmentRefusal.SUPERSEDED
    return None


def _is_known(decision: Document, now: datetime) -> bool:
    """Return whether the candidate knows of a decision (see ``stage_timeline``)."""
    at = announcement_time(decision)
    return bool(at == decision["at"] or at <= now)


def changed_parts(before: Document, after: Document) -> list[str]:
    """Return the names of the parts (``PARTS``) that differ between two contents."""
    return [
        part
        for part, fields in PARTS.items()
        if any((before.get(one) or None) != (after.get(one) or None) for one in fields)
    ]


def content_in(document: Document) -> dict[str, Any]:
    """Return the content of a document; documents of earlier versions lack some fields."""
    return {field: document[field] for field in CONTENT_FIELDS if field in document}
