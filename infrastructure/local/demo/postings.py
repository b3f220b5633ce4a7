"""Postings for the demo, made up; publishing them again replaces them."""

import uuid
from datetime import UTC, datetime, timedelta

from chalicelib.connections import connect_mongodb, connect_redis
from chalicelib.queue import Shards
from chalicelib.queue.keys import DEFAULT_PREFIX
from chalicelib.recruiting.applications import KIND
from chalicelib.recruiting.postings import Posting, Postings, Salary
from infrastructure.local.stack import Endpoints

_NAMES = uuid.UUID("6f1d7a54-0c8e-5b0f-9a53-4d1f2f1c7d10")

# Employer, title, place, what it is about, salary, days until it closes.
_ROWS: list[tuple[str, str, str, str, Salary | None, int | None]] = [
    (
        "Fjordline Ferries",
        "Marine electrician",
        "Bergen",
        "Keep eight electric ferries running, mostly in dry dock, sometimes at sea.",
        Salary("NOK", 610_000, 720_000),
        30,
    ),
    (
        "Fjordline Ferries",
        "Timetable planner",
        "Bergen or remote",
        "Plan the summer timetable with the crews who have to sail it.",
        None,
        14,
    ),
    (
        "Kestrel Robotics",
        "Embedded engineer",
        "Ghent",
        "Firmware for orchard robots that must not squash apples.",
        Salary("EUR", 58_000, 74_000),
        None,
    ),
    (
        "Kestrel Robotics",
        "Field test lead",
        "Ghent",
        "Take prototypes into real orchards and write down what breaks.",
        Salary("EUR", 49_000, 60_000),
        21,
    ),
    (
        "Mill Street Bakery",
        "Night baker",
        "Leeds",
        "Sourdough from two till ten, four nights a week.",
        Salary("GBP", 29_000, 33_000),
        None,
    ),
    (
        "Harbour Health Trust",
        "Physiotherapist",
        "Cork",
        "Home visits on an island line; a boat licence is a plus.",
        Salary("EUR", 45_000, 56_000),
        45,
    ),
    (
        "Open Atlas",
        "Cartographer",
        "Remote",
        "Draw the footpaths nobody has drawn yet.",
        None,
        None,
    ),
    (
        "Open Atlas",
        "Python developer",
        "Remote",
        "Turn two hundred municipal formats into one map, every night.",
        Salary("EUR", 62_000, 78_000),
        28,
    ),
]


def demo_postings(now: datetime) -> list[Posting]:
    """The postings as of a moment, newest first. Their ids are the same each time."""
    return [
        Posting(
            id=str(uuid.uuid5(_NAMES, f"{employer}/{title}")),
            title=title,
            employer=employer,
            location=place,
            description=about,
            published_at=now - timedelta(hours=7 * age),
            salary=salary,
            closes_at=now + timedelta(days=days) if days else None,
        )
        for age, (employer, title, place, about, salary, days) in enumerate(_ROWS)
    ]


def publish_postings(endpoints: Endpoints) -> list[str]:
    """Publishes the demo's postings on a stack. Returns their ids, newest first."""
    wanted = demo_postings(datetime.now(UTC).replace(microsecond=0))
    with (
        connect_mongodb(endpoints.mongodb_uri) as client,
        connect_redis(endpoints.redis_url) as redis,
    ):
        # The functions' prefix of keys, whatever this process was started with.
        lanes = Shards(redis, KIND, prefix=DEFAULT_PREFIX)
        postings = Postings(client.get_default_database(), lanes)
        for posting in wanted:
            postings.publish(posting)
    return [posting.id for posting in wanted]
