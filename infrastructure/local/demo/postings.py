"""Invented postings for the demo; publishing them again replaces them."""

import tomllib
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from chalicelib.bootstrap.clients import connect_mongodb, connect_redis
from chalicelib.queue import Shards
from chalicelib.queue.rq.keys import DEFAULT_PREFIX
from chalicelib.recruiting.applications.jobs import KIND
from chalicelib.recruiting.postings.models import Employment, Posting, Workplace
from chalicelib.recruiting.postings.pay import Salary
from chalicelib.recruiting.postings.places import Place, describe_place
from chalicelib.recruiting.postings.repository import PostingRepository
from infrastructure.local.stack import Endpoints

_NAMES = uuid.UUID("6f1d7a54-0c8e-5b0f-9a53-4d1f2f1c7d10")
_FILE = Path(__file__).with_name("postings.toml")


class _Row(msgspec.Struct, forbid_unknown_fields=True):
    """A posting in the file; its times are relative to the time of publication."""

    employer: str
    title: str
    place: Place
    workplace: Workplace
    employment: Employment
    description: str
    days_ago: float
    salary: Salary | None = None
    closes_in_days: int | None = None


class _File(msgspec.Struct, forbid_unknown_fields=True):
    postings: list[_Row]


def demo_postings(now: datetime) -> list[Posting]:
    """Return the postings for a given time, newest first; their ids never change."""
    file = msgspec.convert(tomllib.loads(_FILE.read_text(encoding="utf-8")), _File)
    return [_posting(row, now) for row in file.postings]


def _posting(row: _Row, now: datetime) -> Posting:
    return Posting(
        id=str(uuid.uuid5(_NAMES, f"{row.employer}/{row.title}")),
        title=row.title,
        employer=row.employer,
        location=describe_place(row.place, remote=row.workplace == "remote"),
        description=row.description.strip(),
        published_at=now - timedelta(days=row.days_ago),
        salary=row.salary,
        closes_at=now + timedelta(days=row.closes_in_days) if row.closes_in_days else None,
        workplace=row.workplace,
        employment=row.employment,
        place=row.place,
    )


def publish_postings(endpoints: Endpoints) -> list[str]:
    """Publish the postings on a stack, and return their ids, newest first."""
    wanted = demo_postings(datetime.now(UTC).replace(microsecond=0))
    with (
        connect_mongodb(endpoints.mongodb_uri) as client,
        connect_redis(endpoints.redis_url) as redis,
    ):
        # The key prefix of the functions, because RQ_KEY_PREFIX of this process may differ.
        lanes = Shards(redis, KIND, prefix=DEFAULT_PREFIX)
        postings = PostingRepository(client.get_default_database(), lanes)
        for posting in wanted:
            postings.publish(posting)
    return [posting.id for posting in wanted]
