"""The list of postings for 32 readers at the same time, against a route that does nothing.

Both are requested over HTTP from the local stack, one after the other in each round. Lambda, and
the local stack like it, starts an environment for each request that finds none idle, so 32 of them
answer. Most of the time of a request is LocalStack's, for both routes alike.
"""

from __future__ import annotations

import http.client
import statistics
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.bench import Bench, say
from benchmarks.contest import ContestError
from benchmarks.row import Row
from chalicelib.bootstrap.clients import connect_mongodb, connect_redis
from chalicelib.common.ids import new_id
from chalicelib.queue import Shards
from chalicelib.queue.rq.keys import DEFAULT_PREFIX
from chalicelib.recruiting.postings.documents import PUBLISHED, to_document
from chalicelib.recruiting.postings.models import Posting
from chalicelib.recruiting.postings.repository import PostingRepository, postings_collection
from infrastructure.local.deploy.deployment import deploy
from infrastructure.local.deploy.errors import DeployError
from infrastructure.local.stack import Endpoints, Stack
from infrastructure.local.stack.errors import StackError
from infrastructure.local.stack.functions import api_url

ROWS = (
    "list_of_100_vs_empty_route",
    "list_of_10000_vs_empty_route",
    "list_of_100_unavailable",
    "list_of_10000_unavailable",
)

READERS = 32
SIZES = (100, 10_000)
LIST, EMPTY = "/v1/postings", "/health/live"
WAIT_SECONDS = 60.0
# As long as a usual posting.
DESCRIPTION = "Build boats that last, with people who enjoy the work. " * 40


@dataclass(frozen=True)
class _Reads:
    """The requests of all readers for one route."""

    milliseconds: float
    unavailable: int


def measure(bench: Bench) -> Iterator[Row]:
    """Deploy once, and measure each size in every round."""
    each = bench.size(5, 2)
    with tempfile.TemporaryDirectory(prefix="hirelane-bench-") as folder:
        stack = Stack(Path(folder))
        try:
            say("    deploying to a local stack")
            endpoints = stack.up()
            deploy(stack)
            url = api_url(stack)
            measured = {size: _measure(bench, url, endpoints, size, each) for size in SIZES}
        except (StackError, DeployError) as error:
            raise ContestError(str(error)) from error
        finally:
            stack.down()
    for size in SIZES:
        yield bench.row(
            f"list_of_{size}_vs_empty_route",
            "x",
            [of_list.milliseconds / empty.milliseconds for of_list, empty in measured[size]],
            better="lower",
            bar=1.5,
            detail={
                "readers": READERS,
                "requests": READERS * each,
                "list_ms_median": [of_list.milliseconds for of_list, _ in measured[size]],
                "empty_route_ms_median": [empty.milliseconds for _, empty in measured[size]],
            },
        )
    for size in SIZES:
        yield bench.row(
            f"list_of_{size}_unavailable",
            "answers",
            [of_list.unavailable for of_list, _ in measured[size]],
            better="lower",
            bar=0,
        )


def _measure(
    bench: Bench, url: str, endpoints: Endpoints, size: int, each: int
) -> list[tuple[_Reads, _Reads]]:
    """Return the reads of the list and of the empty route for each round."""
    _publish(endpoints, size)
    # Starts the environments, and each of them reads the catalogue.
    _read(url, LIST, 2)
    rounds = []
    for number in range(bench.rounds):
        say(f"    round {number + 1}: {size} postings")
        routes = (LIST, EMPTY) if number % 2 else (EMPTY, LIST)
        reads = {route: _read(url, route, each) for route in routes}
        rounds.append((reads[LIST], reads[EMPTY]))
    return rounds


def _read(url: str, route: str, each: int) -> _Reads:
    """Let all readers request a route, each over a connection of its own.

    Raises:
        ContestError: an answer is neither 200 nor 503.
    """
    parts = urlsplit(url)

    def read(_: int) -> list[tuple[int, float]]:
        connection = http.client.HTTPConnection(parts.netloc, timeout=WAIT_SECONDS)
        answers = []
        for _ in range(each):
            began = time.perf_counter()
            connection.request("GET", f"{parts.path}{route}")
            answer = connection.getresponse()
            answer.read()
            answers.append((answer.status, (time.perf_counter() - began) * 1000))
        connection.close()
        return answers

    with ThreadPoolExecutor(READERS) as pool:
        answers = [answer for some in pool.map(read, range(READERS)) for answer in some]
    statuses = [status for status, _ in answers]
    if not set(statuses) <= {200, 503}:
        raise ContestError(f"{route}: answers {sorted(set(statuses))}")
    milliseconds = statistics.median(milliseconds for _, milliseconds in answers)
    return _Reads(round(milliseconds, 1), statuses.count(503))


def _publish(endpoints: Endpoints, count: int) -> None:
    """Replace all postings by this number of open ones."""
    now = datetime.now(UTC)
    with (
        connect_mongodb(endpoints.mongodb_uri, seconds=60) as client,
        connect_redis(endpoints.redis_url) as redis,
    ):
        database = client.get_default_database()
        postings = postings_collection(database)
        postings.delete_many({})
        postings.insert_many([_document(number, now) for number in range(count)])
        lanes = Shards(redis, "applications", prefix=DEFAULT_PREFIX)
        PostingRepository(database, lanes).build_catalogue()


def _document(number: int, now: datetime) -> dict[str, Any]:
    posting = Posting(
        id=new_id(),
        title=f"Boat builder {number}",
        employer=f"Yard {number % 50}",
        location=f"Harbour {number % 20}",
        description=DESCRIPTION,
        published_at=now - timedelta(minutes=number),
        closes_at=now + timedelta(days=30),
    )
    document = to_document(posting)
    return {"_id": document.pop("id"), **document, "state": PUBLISHED}
