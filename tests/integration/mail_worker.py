"""A process that drains one shard of e-mails, for tests that kill it or run several."""

from __future__ import annotations

import sys
import time
from typing import Any

import boto3
import msgspec
from botocore.config import Config

from chalicelib.bootstrap.clients import connect_mongodb, connect_redis
from chalicelib.bootstrap.drain_observer import LoggingObserver
from chalicelib.common.observability import make_logger
from chalicelib.notifications.job_handler import MailJobHandler
from chalicelib.notifications.ledger import MailLedger
from chalicelib.notifications.models import Email, Recipient
from chalicelib.notifications.send_rate import SendRate
from chalicelib.notifications.sender import MailSender
from chalicelib.notifications.suppressions import SuppressionRepository
from chalicelib.queue import REDIS_ERRORS, Limits, Rate, Shards
from chalicelib.queue.worker import Leases, drain
from tests.support.lanes import RecordingWaker


class Greeting(msgspec.Struct, frozen=True, tag="greeting"):
    """What the e-mails of these tests are about."""


class GreetingComposer:
    """Composes greetings."""

    content_type = Greeting

    def compose(self, content: Greeting, recipient: Recipient | None, /) -> Email | None:
        assert recipient
        return Email(recipient, "account_notice", {"event": "account_deleted"})


class MailWorker(msgspec.Struct, frozen=True):
    """A drain of e-mails, and the servers that it uses.

    Args:
        rate: how many e-mails a second the account is believed to have.
        parallel: how many e-mails it sends at once.
        workers: how many e-mails all workers send at once.
    """

    redis_url: str
    mongodb_uri: str
    ses_url: str
    shards: int
    rate: int
    parallel: int
    workers: int
    lease: float = 15.0

    @property
    def limits(self) -> Limits:
        return Limits(
            batch_size=20, jobs_per_lane=5, max_drains=2, idle_timeout=5, lease=self.lease
        )

    def _connect(self) -> Any:
        """Connect to Redis. A busy machine takes longer than a request may."""
        while True:
            try:
                return connect_redis(self.redis_url, answer_seconds=5.0)
            except REDIS_ERRORS:
                time.sleep(0.1)

    def run(self, shard: int, drain_id: str) -> None:
        """Drain a shard."""
        client = self._connect()
        ses: Any = boto3.client(
            "ses",
            region_name="eu-central-1",
            endpoint_url=self.ses_url,
            aws_access_key_id="x",
            aws_secret_access_key="x",
            config=Config(retries={"total_max_attempts": 1}, max_pool_connections=self.parallel),
        )
        # A logger keeps the output of the test that made it, so each has a name of its own.
        logger = make_logger(f"mail-{time.monotonic_ns()}")
        rate = SendRate(client, Rate(self.rate, 1), self.workers)
        with connect_mongodb(self.mongodb_uri, seconds=5.0) as mongodb:
            database = mongodb.get_default_database()
            drain(
                Leases(Shards(client, "mail", count=self.shards, limits=self.limits)[shard]),
                MailJobHandler(
                    MailLedger(database),
                    MailSender(lambda: ses, "no-reply@hirelane.example", rate),
                    SuppressionRepository(database, str),
                    [GreetingComposer()],
                    self.parallel,
                ),
                drain_id=drain_id,
                remaining=lambda: 600.0,
                waker=RecordingWaker(),
                observer=LoggingObserver(logger, "mail", "mailed"),
            )


if __name__ == "__main__":
    msgspec.json.decode(sys.argv[1], type=MailWorker).run(0, sys.argv[2])
