"""A worker in a process of its own, which may kill itself at a named point of its second batch.

Usage: worker_process.py REDIS_URL MONGODB_URI POINT, with POINT one of
    claimed  after the claim, before anything was done
    written  after MongoDB acknowledged the write, before the handler went on
    handled  after the handler returned, before the claim was settled
    never    drain until nothing is left
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

from pymongo import MongoClient
from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)
from redis import Redis

from chalicelib.observability import LoggingObserver, make_logger
from chalicelib.queue import ClaimedJob, Limits, Outcome, Shards, drain
from chalicelib.recruiting.postings import Postings
from chalicelib.recruiting.storing import Storing

LIMITS = Limits(batch=4, jobs_per_lane=2, lease=0.4)
FATAL_BATCH = 2


class Killer(CommandListener):
    """Sends SIGKILL to this process when it comes to the point."""

    def __init__(self, point: str) -> None:
        self.point = point
        self.batch = 0

    def at(self, point: str) -> None:
        if point == self.point and self.batch == FATAL_BATCH:
            os.kill(os.getpid(), signal.SIGKILL)

    def started(self, event: CommandStartedEvent) -> None:
        pass

    def succeeded(self, event: CommandSucceededEvent) -> None:
        if event.command_name == "insert":
            self.at("written")

    def failed(self, event: CommandFailedEvent) -> None:
        pass


def main(redis_url: str, mongodb_uri: str, point: str) -> None:
    killer = Killer(point)
    client: MongoClient[dict[str, Any]] = MongoClient(
        mongodb_uri, event_listeners=[killer], timeoutMS=5000, tz_aware=True
    )
    database = client.get_default_database()
    shards = Shards(Redis.from_url(redis_url), "applications", limits=LIMITS)
    storing = Storing(database, Postings(database, shards))

    def handler(jobs: Sequence[ClaimedJob], /) -> Sequence[Outcome]:
        killer.batch += 1
        killer.at("claimed")
        outcomes = storing(jobs)
        killer.at("handled")
        return outcomes

    drain(
        shards[0],
        handler,
        drain_id=str(os.getpid()),
        remaining=lambda: 60.0,
        wake=lambda wake: None,
        observer=LoggingObserver(make_logger("applications"), "applications", "stored"),
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
