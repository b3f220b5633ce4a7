"""A worker killed at any point loses no application and doubles none."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends
from pymongo.database import Database
from redis import Redis

from chalicelib.identifiers import new_id
from chalicelib.mail.ledger import Ledger
from chalicelib.mail.sending import Sending
from chalicelib.observability import LoggingObserver, make_logger
from chalicelib.queue import Lanes, Shards, drain
from chalicelib.recruiting.applications import Applications, Draft
from chalicelib.recruiting.postings import Posting, Postings
from tests.integration.conftest import Stores

ROOT = Path(__file__).resolve().parents[2]
CANDIDATES = 4
KILLS = int(os.environ.get("HIRELANE_KILLS", "20"))
# Each process settles one batch (two jobs of two lanes) before it is killed in its second.
APPLICATIONS_EACH = KILLS + 10
SENDER = "no-reply@hirelane.example"


def work(stores: Stores, point: str) -> int:
    command = [sys.executable, "-m", "tests.integration.worker_process"]
    finished = subprocess.run(
        [*command, stores.redis_url, stores.mongodb_uri, point],
        cwd=ROOT,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode in (0, -signal.SIGKILL), finished.stderr.decode()
    return finished.returncode


@pytest.fixture
def accepted(redis: Redis, database: Database[dict[str, Any]]) -> dict[str, list[str]]:
    """Application ids of each candidate, in the order in which they were accepted."""
    lanes = Shards(redis, "applications")
    postings = Postings(database, lanes)
    applications = Applications(database, lanes, postings, Ledger(database), lambda wake: None)
    applications.prepare()
    ids = []
    for n in range(APPLICATIONS_EACH):
        posting = Posting(new_id(), f"Post {n}", "Yard", "Bergen", "Work.", datetime.now(UTC))
        postings.publish(posting)
        ids.append(posting.id)
    accepted = defaultdict(list)
    for n in range(CANDIDATES):
        candidate = new_id()
        database["accounts"].insert_one(
            {"_id": candidate, "email": f"candidate-{n}@example.com", "name": f"Candidate {n}"}
        )
    candidates = [account["_id"] for account in database["accounts"].find()]
    for posting_id in ids:
        for candidate in candidates:
            receipt, _ = applications.apply(candidate, posting_id, Draft(), "correlation")
            accepted[candidate].append(receipt.id)
    return dict(accepted)


def send_all_mail(redis: Redis, database: Database[dict[str, Any]]) -> list[str]:
    """Drain the lanes of mail. Returns the address of each mail that was handed over."""
    with mock_aws():
        ses = boto3.client("ses", region_name="us-east-1")
        ses.verify_email_identity(EmailAddress=SENDER)
        drain(
            Lanes(redis, "mail"),
            Sending(Ledger(database), lambda: ses, SENDER),
            drain_id="mailer",
            remaining=lambda: 60.0,
            wake=lambda wake: None,
            observer=LoggingObserver(make_logger("mail"), "mail", "mailed"),
        )
        backend = ses_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]
        return [message.destinations[0] for message in backend.sent_messages]


@pytest.mark.parametrize("point", ["claimed", "written", "handled"])
def test_killed_workers_lose_nothing_and_double_nothing(
    point: str,
    stores: Stores,
    accepted: dict[str, list[str]],
    redis: Redis,
    database: Database[dict[str, Any]],
) -> None:
    killed = [work(stores, point) for _ in range(KILLS)]
    assert killed == [-signal.SIGKILL] * KILLS
    assert work(stores, "never") == 0

    for candidate, ids in accepted.items():
        stored = list(database["applications"].find({"candidate_id": candidate}))
        assert sorted(document["_id"] for document in stored) == sorted(ids)
        at = {document["_id"]: document["stored_at"] for document in stored}
        times = [at[application_id] for application_id in ids]
        assert times == sorted(times)

    mailed = send_all_mail(redis, database)
    total = sum(len(ids) for ids in accepted.values())
    assert len(mailed) == total
    assert database["mail_ledger"].count_documents({"sent_at": {"$exists": True}}) == total
    per_address = {address: mailed.count(address) for address in mailed}
    assert per_address == {
        f"candidate-{n}@example.com": APPLICATIONS_EACH for n in range(CANDIDATES)
    }
    assert not [key for key in redis.scan_iter() if b":queue:" in key]
