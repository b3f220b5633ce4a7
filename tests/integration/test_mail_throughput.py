"""Drains of several shards send at the rate of the account, to a fake SES that throttles."""

from __future__ import annotations

import os
import threading
import time
from typing import Any

import boto3
import msgspec
import pytest
from botocore.config import Config
from pymongo.database import Database

from chalicelib.bootstrap.clients import connect_redis
from chalicelib.bootstrap.drain_observer import LoggingObserver
from chalicelib.common.observability import make_logger
from chalicelib.notifications.job_handler import MailJobHandler
from chalicelib.notifications.ledger import MailLedger
from chalicelib.notifications.models import Email, Recipient
from chalicelib.notifications.outbox import mail_job
from chalicelib.notifications.send_rate import SendRate
from chalicelib.notifications.sender import MailSender
from chalicelib.notifications.suppressions import SuppressionRepository
from chalicelib.queue import AcceptRequest, Limits, Rate, Shards
from chalicelib.queue.worker import Leases, drain
from tests.support.lanes import RecordingWaker
from tests.support.ses_server import SesServer
from tests.support.stores import Stores

MAILS = int(os.environ.get("HIRELANE_MAILS", "40"))
SHARDS, DRAINS, RATE, PARALLEL = 2, 2, 10, 5
LIMITS = Limits(batch_size=20, jobs_per_lane=5, max_drains=DRAINS, idle_timeout=5)


class Greeting(msgspec.Struct, frozen=True, tag="greeting"):
    """What the e-mails of this test are about."""


class GreetingComposer:
    """Composes greetings."""

    content_type = Greeting

    def compose(self, content: Greeting, recipient: Recipient | None, /) -> Email | None:
        assert recipient
        return Email(recipient, "account_notice", {"event": "account_deleted"})


@pytest.mark.parametrize(
    ("configured", "most_throttled"),
    [
        pytest.param(RATE, 0.05, id="rate-of-the-account"),
        # Another program, or another deployment stage, sends with the same account.
        pytest.param(2 * RATE, 0.15, id="account-with-half-the-rate", marks=pytest.mark.nightly),
    ],
)
def test_every_mail_arrives_once_at_the_rate_of_the_account(
    stores: Stores,
    redis: Any,
    database: Database[dict[str, Any]],
    configured: int,
    most_throttled: float,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shards = Shards(connect_redis(stores.redis_url), "mail", count=SHARDS, limits=LIMITS)
    addresses = [f"candidate-{n}@example.com" for n in range(MAILS)]
    for n, address in enumerate(addresses):
        lane = f"lane-{n % (MAILS // 2)}"
        job = mail_job(
            f"mail-{n}",
            Greeting(),
            recipient=Recipient(address, "Ada"),
            description="greet",
            correlation_id="c",
        )
        shards.of(lane).accept(AcceptRequest(lane, job))

    def serve(shard: int, drain_id: str) -> None:
        client = connect_redis(stores.redis_url, answer_seconds=5.0)
        ses = boto3.client(
            "ses",
            region_name="eu-central-1",
            endpoint_url=server.url,
            aws_access_key_id="x",
            aws_secret_access_key="x",
            config=Config(retries={"total_max_attempts": 1}, max_pool_connections=PARALLEL),
        )
        rate = SendRate(client, Rate(configured, 1), SHARDS * DRAINS * PARALLEL)
        sender = MailSender(lambda: ses, "no-reply@hirelane.example", rate)
        lanes = Shards(client, "mail", count=SHARDS, limits=LIMITS)[shard]
        drain(
            Leases(lanes),
            MailJobHandler(
                MailLedger(database),
                sender,
                SuppressionRepository(database, str),
                [GreetingComposer()],
                PARALLEL,
            ),
            drain_id=drain_id,
            remaining=lambda: 600.0,
            waker=RecordingWaker(),
            observer=LoggingObserver(make_logger("mail"), "mail", "mailed"),
        )

    with SesServer(RATE) as server:
        drains = [
            threading.Thread(target=serve, args=(shard, f"drain-{shard}-{n}"))
            for shard in range(SHARDS)
            for n in range(DRAINS)
        ]
        started = time.monotonic()
        for thread in drains:
            thread.start()
        for thread in drains:
            thread.join()
        seconds = time.monotonic() - started
    total = server.throttled + MAILS
    text = capsys.readouterr().out
    print(f"{server.throttled} of {total} throttled, {MAILS / seconds:.1f} a second")
    assert sorted(server.recipients) == sorted(addresses)
    assert "sent_again" not in text
    assert database["mail_ledger"].count_documents({"sent_at": {"$exists": True}}) == MAILS
    # A few e-mails say little about a rate, and a busy machine delays some.
    assert server.throttled <= max(10, most_throttled * total)
