"""Documents of postings in MongoDB: what they mean for readers and for the gates of the queue.

Earlier versions of the code stored postings without the fields ``state`` and ``version``, and
without an employer's id. Such a posting is a published one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.common.times import to_stored_time
from chalicelib.queue import GateState, GroupRate, Rate
from chalicelib.recruiting.postings.models import Posting

Document = Mapping[str, Any]

DRAFT, PUBLISHED, CLOSED = "draft", "published", "closed"
# MongoDB finds documents without a field by null.
ONLY_PUBLISHED: Mapping[str, Any] = {"state": {"$in": [None, PUBLISHED]}}
FIRST_VERSION = 1
DAY_SECONDS = 24 * 60 * 60


def state_of(document: Document) -> str:
    """Return ``draft``, ``published`` or ``closed``."""
    state: str = document.get("state") or PUBLISHED
    return state


def version_of(document: Document) -> int:
    """Return the version, which grows by 1 with each change."""
    version: int = document.get("version", FIRST_VERSION)
    return version


def fence_of(document: Document) -> int:
    """Return the fence of the gate of a posting in its present version.

    The odd number behind it is the fence of a change that has begun, and that will be the next
    version.
    """
    return 2 * version_of(document)


def form_version_of(document: Document, *, even_empty: bool = False) -> int:
    """Return the version of the form that applications must answer; 0 if there are no questions.

    Args:
        document: the posting.
        even_empty: whether to return the version of a form whose questions were all removed.
    """
    form = document.get("form") or {}
    version: int = form.get("version", 0)
    return version if even_empty or form.get("questions") else 0


def gate_of(document: Document) -> GateState | None:
    """Return the state of the gate of a posting, or None if it has none, as a draft."""
    state = state_of(document)
    if state == DRAFT:
        return None
    closed_at = document["closed_at"] if state == CLOSED else None
    form_version = form_version_of(document)
    version = str(form_version) if form_version else ""
    return GateState(document.get("closes_at"), closed_at, version, _rate_of(document))


def _rate_of(document: Document) -> GroupRate | None:
    """Return how many applications of one candidate the postings of the employer accept."""
    limit = document.get("application_limit")
    employer_id = document.get("employer_id")
    if not limit or not employer_id:
        return None
    return GroupRate(employer_id, Rate(limit["count"], limit["days"] * DAY_SECONDS))


def to_public(document: Document) -> Posting:
    """Return a posting that was published, as everyone may read it."""
    shown = {**document, "id": document["_id"], "state": state_of(document)}
    shown["form_version"] = form_version_of(document)
    if shown["state"] == CLOSED:
        deadline, closed_at = shown.get("closes_at"), shown["closed_at"]
        shown["closes_at"] = min(deadline, closed_at) if deadline else closed_at
    return msgspec.convert(shown, Posting)


def to_document(struct: msgspec.Struct) -> dict[str, Any]:
    """Return the fields of a struct as MongoDB stores them."""
    document: dict[str, Any] = msgspec.to_builtins(struct, builtin_types=(datetime,))
    for name, value in document.items():
        if isinstance(value, datetime):
            document[name] = to_stored_time(value)
    return document
