"""Applications that are stored directly, because many of them are needed."""

from __future__ import annotations

from typing import Any

from chalicelib.bootstrap.container import Container
from chalicelib.common import times
from chalicelib.common.ids import new_id
from chalicelib.recruiting.applications.events import first_events
from tests.integration.recruiting.pipelines import EMPLOYER

# So few that one write does not take longer than the client waits.
PAGE = 500


def store_applicants(parts: Container, posting: str, count: int) -> list[str]:
    """Store new applications of new candidates. Return their ids, oldest first."""
    if count > PAGE:
        first = store_applicants(parts, posting, PAGE)
        return first + store_applicants(parts, posting, count - PAGE)
    people = [new_id() for _ in range(count)]
    parts.database["accounts"].insert_many(
        [{"_id": one, "name": "Ada", "email": f"{one}@example.com"} for one in people]
    )
    now = times.now()
    documents: list[dict[str, Any]] = [
        {
            "_id": new_id(),
            "employer_id": EMPLOYER,
            "posting_id": posting,
            "candidate_id": person,
            "cover_letter": "I build boats.",
            "active": True,
            "stage": "new",
            **dict.fromkeys(("entered_at", "accepted_at", "stored_at"), now),
            "events": first_events(now, now),
            "version": 2,
        }
        for person in people
    ]
    parts.database["applications"].insert_many(documents)
    return sorted(one["_id"] for one in documents)
