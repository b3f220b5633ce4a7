"""Invented postings for the demo, as their employers write them."""

import tomllib
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from chalicelib.recruiting.forms.models import Question
from chalicelib.recruiting.postings.deadlines import Deadline
from chalicelib.recruiting.postings.models import Employment, Workplace
from chalicelib.recruiting.postings.pay import Pay
from chalicelib.recruiting.postings.places import Place
from chalicelib.recruiting.postings.stages import DEFAULT_STAGES

_FILE = Path(__file__).with_name("postings.toml")
_TIME_ZONES = {
    "BE": "Europe/Brussels",
    "CH": "Europe/Zurich",
    "GB": "Europe/London",
    "IE": "Europe/Dublin",
    "NL": "Europe/Amsterdam",
    "NO": "Europe/Oslo",
    "PL": "Europe/Warsaw",
    "SE": "Europe/Stockholm",
}


class DemoPosting(msgspec.Struct, forbid_unknown_fields=True):
    """A posting in the file. Its deadline is relative to the time of publication."""

    employer: str
    title: str
    place: Place
    workplace: Workplace
    employment: Employment
    description: str
    pay: Pay | None = None
    closes_in_days: int | None = None
    questions: list[Question] = []

    def deadline(self, now: datetime) -> Deadline | None:
        """Return until when it accepts applications, if it is published now."""
        if self.closes_in_days is None:
            return None
        last_day = now + timedelta(days=self.closes_in_days)
        zone = _TIME_ZONES.get(self.place.country or "", "UTC")
        return Deadline(f"{last_day:%Y-%m-%d}T23:59", zone)

    def to_request(self, now: datetime) -> dict[str, Any]:
        """Return the body of a request that publishes it."""
        deadline = self.deadline(now)
        return {
            "state": "published",
            "title": self.title,
            "description": self.description,
            "workplace": self.workplace,
            "employment": self.employment,
            "place": msgspec.to_builtins(self.place),
            "pay": msgspec.to_builtins(self.pay),
            "closes": msgspec.to_builtins(deadline),
            # Candidates get an e-mail when they are invited to interviews.
            "stages": [
                msgspec.to_builtins(stage) | {"emails": stage.id == "interview"}
                for stage in DEFAULT_STAGES
            ],
        }


class _File(msgspec.Struct, forbid_unknown_fields=True):
    postings: list[DemoPosting]


@cache
def demo_postings() -> tuple[DemoPosting, ...]:
    """Return the postings of the demo, newest first."""
    file = msgspec.convert(tomllib.loads(_FILE.read_text(encoding="utf-8")), _File)
    return tuple(file.postings)
