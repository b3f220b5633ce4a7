"""The demo's postings without employers, stored directly: quicker than the demo's way, the API."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from chalicelib.bootstrap.clients import connect_mongodb, connect_redis
from chalicelib.queue import Shards
from chalicelib.queue.rq.keys import DEFAULT_PREFIX
from chalicelib.recruiting.applications.jobs import KIND
from chalicelib.recruiting.postings.deadlines import to_instant
from chalicelib.recruiting.postings.models import Posting
from chalicelib.recruiting.postings.pay import yearly_salary
from chalicelib.recruiting.postings.places import describe_place
from chalicelib.recruiting.postings.repository import PostingRepository
from infrastructure.local.demo import postings as demo
from infrastructure.local.stack import Endpoints

_NAMES = uuid.UUID("6f1d7a54-0c8e-5b0f-9a53-4d1f2f1c7d10")
_APART = timedelta(hours=40)


def demo_postings(now: datetime) -> list[Posting]:
    """Return the postings for a given time, newest first; their ids never change."""
    return [
        _posting(each, now - _APART * number, now)
        for number, each in enumerate(demo.demo_postings())
    ]


def _posting(each: demo.DemoPosting, published_at: datetime, now: datetime) -> Posting:
    deadline = each.deadline(now)
    return Posting(
        id=str(uuid.uuid5(_NAMES, f"{each.employer}/{each.title}")),
        title=each.title,
        employer=each.employer,
        location=describe_place(each.place, remote=each.workplace == "remote"),
        description=each.description.strip(),
        published_at=published_at,
        salary=yearly_salary(each.pay),
        closes_at=to_instant(deadline) if deadline else None,
        workplace=each.workplace,
        employment=each.employment,
        place=each.place,
        pay=each.pay,
        time_zone=deadline.time_zone if deadline else None,
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
