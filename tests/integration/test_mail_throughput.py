"""Drains send e-mails in parallel, at the rate of the account and also while they are killed.

SES is a fake over HTTP that throttles (tests/support/ses_server.py).
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pymongo.database import Database

from chalicelib.bootstrap.clients import connect_redis
from chalicelib.notifications.models import Recipient
from chalicelib.notifications.outbox import mail_job
from chalicelib.queue import AcceptRequest, Shards
from tests.integration.mail_worker import Greeting, MailWorker
from tests.support.assertions import wait_for
from tests.support.ses_server import SesServer, running_ses
from tests.support.stores import Stores
from tests.support.timing import stretch

ROOT = Path(__file__).parents[2]
MAILS = int(os.environ.get("HIRELANE_MAILS", "40"))
KILLS = min(20, int(os.environ.get("HIRELANE_KILLS", "2")))
DRAINS, RATE, PARALLEL = 2, 10, 5


def enqueue(worker: MailWorker, mails: int) -> list[str]:
    """Queue two e-mails in each lane. Return their addresses."""
    client = connect_redis(worker.redis_url)
    shards = Shards(client, "mail", count=worker.shards, limits=worker.limits)
    addresses = [f"candidate-{n}@example.com" for n in range(mails)]
    for n, address in enumerate(addresses):
        lane = f"lane-{n % (mails // 2)}"
        job = mail_job(
            f"mail-{n}",
            Greeting(),
            recipient=Recipient(address, "Ada"),
            description="greet",
            correlation_id="c",
        )
        shards.of(lane).accept(AcceptRequest(lane, job))
    return addresses


def wait_until_sent(server: SesServer, number: int, process: subprocess.Popen[str]) -> None:
    """Wait until SES has so many e-mails, or until the process that sends them has ended."""
    wait_for(lambda: len(server.recipients) >= number or process.poll() is not None)


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
    with running_ses(RATE) as server:
        worker = MailWorker(
            stores.redis_url,
            stores.mongodb_uri,
            server.url,
            shards=2,
            rate=configured,
            parallel=PARALLEL,
            workers=2 * DRAINS * PARALLEL,
        )
        addresses = enqueue(worker, MAILS)
        drains = [
            threading.Thread(target=worker.run, args=(shard, f"drain-{shard}-{n}"))
            for shard in range(worker.shards)
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
    assert server.throttled <= max(30, most_throttled * total)


def test_killed_drains_lose_no_mail_and_count_what_they_repeat(
    stores: Stores, redis: Any, database: Database[dict[str, Any]]
) -> None:
    with running_ses(1000) as server:
        worker = MailWorker(
            stores.redis_url,
            stores.mongodb_uri,
            server.url,
            shards=1,
            rate=100,
            parallel=PARALLEL,
            workers=PARALLEL,
            lease=stretch(1.0),
        )
        addresses = enqueue(worker, 20 * (KILLS + 1))
        arguments = msgspec.json.encode(worker).decode()
        counted = 0
        for n in range(KILLS + 1):
            with subprocess.Popen(
                [sys.executable, "-m", "tests.integration.mail_worker", arguments, f"drain-{n}"],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                text=True,
            ) as process:
                if n < KILLS:
                    # In the middle of a batch, while several e-mails are on their way.
                    enough = len(server.recipients) + 3 + 5 * n % 9
                    wait_until_sent(server, enough, process)
                    process.kill()
                output, _ = process.communicate(timeout=120)
                counted += output.count('"sent_again":')
    sent = Counter(server.recipients)
    assert sent.keys() == set(addresses)
    assert sent.total() - len(sent) <= counted <= PARALLEL * KILLS
    assert database["mail_ledger"].count_documents({"sent_at": {"$exists": True}}) == len(sent)
