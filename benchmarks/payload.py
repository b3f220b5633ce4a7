"""The payload of every job of every queue: the same 333 bytes of JSON."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

PAYLOAD_BYTES = 333
JOBS_PER_OWNER = 10

# Text without repetition, because RQ compresses jobs and must gain no more than in production.
_PROSE = (
    "I have built and run queues for seven years, most of them for firms that hire in waves. Last"
    " spring I moved one from cron to events without losing an order; ask me how we proved it. Your"
    " posting mentions fairness between applicants, which is what I would like to work on next."
)


def _fields(number: int, cover_letter: str) -> dict[str, Any]:
    return {
        "posting_id": f"posting-{number % 40:04d}",
        "candidate_id": f"candidate-{number // JOBS_PER_OWNER:06d}",
        "number": f"{number:08d}",
        "cover_letter": cover_letter,
    }


_ROOM = PAYLOAD_BYTES - len(json.dumps(_fields(0, ""), separators=(",", ":")))
_COVER_LETTER = _PROSE[:_ROOM]


def payload(number: int) -> dict[str, Any]:
    """Return the arguments of job ``number``: 333 bytes as compact JSON, different for each job."""
    return _fields(number, _COVER_LETTER)


def new_id() -> str:
    """Return an id like RQ makes them, so that ids have the same size everywhere."""
    return str(uuid4())
