"""The API in this process, on real stores: the flow, its cost, and bad days."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from botocore.stub import Stubber
from chalice.test import Client
from pymongo.database import Database
from redis import Redis

from chalicelib.bootstrap.container import Services, services
from chalicelib.common.ids import new_id
from chalicelib.queue.worker import Leases
from tests.integration.recruiting.steps import apply, commands_until_echo, get, post, publish


def test_an_application_is_accepted_and_can_be_followed(
    http: Client, log_in: Callable[[str], str], posting: str
) -> None:
    token = log_in("ada@example.com")
    accepted = apply(http, token, posting, cover_letter="Hello", links=["https://example.com/cv"])
    assert accepted.status_code == 202
    receipt = json.loads(accepted.body)
    assert receipt["status"] == "accepted"
    assert accepted.headers["Location"] == f"../../applications/{receipt['id']}"
    progress = json.loads(get(http, f"/v1/applications/{receipt['id']}", token).body)
    assert progress["status"] == "accepted"
    assert progress["timeline"] == [{"event": "accepted", "at": receipt["accepted_at"]}]


def test_accepting_costs_one_round_trip_to_redis(
    http: Client, log_in: Callable[[str], str], posting: str, parts: Services, redis: Redis
) -> None:
    """Counted by the server; what a script does inside it is no round trip."""
    token = log_in("ada@example.com")
    with Stubber(parts.lambda_client) as stubber:
        stubber.add_response("invoke", {"StatusCode": 202})
        apply(http, token, posting)  # connects, loads the script, wakes the drain
        stubber.assert_no_pending_responses()
    other = publish(services("api"))
    with redis.monitor() as monitor:  # type: ignore[no-untyped-call]
        redis.ping()
        assert apply(http, token, other).status_code == 202
        redis.echo("end")
        commands = commands_until_echo(monitor)
    # Before the ping: the test's own connection, since the monitor took the one it had.
    assert commands[commands.index("PING") :] == ["PING", "EVALSHA"]


def test_a_stock_rq_worker_stores_an_application(
    http: Client,
    log_in: Callable[[str], str],
    posting: str,
    parts: Services,
    database: Database[dict[str, Any]],
) -> None:
    """In a process of its own, since RQ reads its key prefix when it is imported."""
    token = log_in("ada@example.com")
    receipt = json.loads(apply(http, token, posting, cover_letter="Hi").body)
    withdrawn = json.loads(apply(http, token, publish(parts)).body)
    assert (
        post(http, f"/v1/applications/{withdrawn['id']}/withdrawal", {}, token).status_code == 202
    )
    [lane] = list(parts.redis.scan_iter("*:queue:applications:*"))
    secrets = parts.settings.secrets
    program = (
        "import os, sys; from chalicelib import jobs; from chalicelib.bootstrap import container;"
        "container._read_secret = lambda name: os.environ['TEST_SECRET'];"
        "from redis import Redis; from rq import Queue, SimpleWorker;"
        "from rq.serializers import JSONSerializer as J;"
        "r = Redis.from_url(sys.argv[1]); q = Queue(sys.argv[2], connection=r, serializer=J);"
        "SimpleWorker([q], connection=r, serializer=J).work(burst=True)"
    )
    name = lane.decode().split(":queue:", 1)[1]
    subprocess.run(
        [sys.executable, "-c", program, secrets.redis_url, name],
        env=os.environ
        | {"RQ_KEY_PREFIX": "{hl0}", "TEST_SECRET": msgspec.json.encode(secrets).decode()},
        check=True,
        capture_output=True,
        timeout=30,
    )
    stored = database["applications"].find_one({"_id": receipt["id"]})
    assert stored is not None
    assert stored["cover_letter"] == "Hi"
    stored = database["applications"].find_one({"_id": withdrawn["id"]})
    assert stored is not None
    assert stored["active"] is False
    mails = [job.id for job in Leases(parts.mail_lanes[0]).claim("mailer").jobs]
    # One of each lane: the other is the letter with which the account was confirmed.
    assert len(mails) == 2
    assert f"application-confirmation-{receipt['id']}" in mails


def test_a_wake_that_failed_leaves_the_next_one_free_to_wake(
    http: Client, log_in: Callable[[str], str], posting: str, parts: Services
) -> None:
    """Here each wake fails, since no function of that name is there."""
    assert apply(http, log_in("ada@example.com"), posting).status_code == 202
    lanes = parts.application_lanes[0]
    assert lanes.redis.zcard(lanes.keys.drains(lanes.kind)) == 0


def test_applying_again_gives_the_same_receipt_as_a_repeat(
    http: Client, log_in: Callable[[str], str], posting: str, parts: Services
) -> None:
    token = log_in("ada@example.com")
    first = json.loads(apply(http, token, posting, cover_letter="one").body)
    again = apply(http, token, posting, cover_letter="two")
    assert again.status_code == 202
    assert json.loads(again.body) == first | {"repeat": True}
    assert len(Leases(parts.application_lanes[0]).claim("drain").jobs) == 1


@pytest.mark.parametrize(
    "posting_id", [new_id(), "nonsense", "$ne"], ids=["unknown id", "nonsense", "operator"]
)
def test_an_unknown_posting_is_not_found(
    http: Client, log_in: Callable[[str], str], posting_id: str
) -> None:
    answer = apply(http, log_in("ada@example.com"), posting_id)
    assert answer.status_code == 404
    assert json.loads(answer.body)["type"].endswith("posting-not-found")


def test_a_closed_posting_takes_no_more_applications(
    http: Client, log_in: Callable[[str], str], parts: Services
) -> None:
    closed = publish(parts, closes_in=timedelta(seconds=-1))
    answer = apply(http, log_in("ada@example.com"), closed)
    assert answer.status_code == 409
    assert json.loads(answer.body)["type"].endswith("posting-closed")
    assert json.loads(http.http.get("/v1/postings").body)["postings"] == []


def test_a_queue_that_lost_its_memory_learns_of_a_posting_again(
    http: Client, log_in: Callable[[str], str], posting: str, redis: Redis
) -> None:
    token = log_in("ada@example.com")
    redis.flushall()
    assert apply(http, token, posting).status_code == 202


def test_the_application_of_another_candidate_is_not_found(
    http: Client, log_in: Callable[[str], str], posting: str
) -> None:
    receipt = json.loads(apply(http, log_in("ada@example.com"), posting).body)
    answer = get(http, f"/v1/applications/{receipt['id']}", log_in("bob@example.com"))
    assert answer.status_code == 404


def test_a_receipt_proves_that_an_application_was_accepted(
    http: Client, log_in: Callable[[str], str], posting: str
) -> None:
    receipt = json.loads(apply(http, log_in("ada@example.com"), posting).body)
    proven = http.http.get(f"/v1/receipts/{receipt['receipt']}")
    assert proven.status_code == 200
    assert json.loads(proven.body) == {
        name: receipt[name] for name in ("id", "posting_id", "accepted_at")
    }


@pytest.mark.parametrize("change", ["x", ".x", ""])
def test_a_receipt_that_was_changed_proves_nothing(
    http: Client, log_in: Callable[[str], str], posting: str, change: str
) -> None:
    receipt = json.loads(apply(http, log_in("ada@example.com"), posting).body)["receipt"]
    forged = change + receipt if change else receipt.replace(posting, new_id())
    answer = http.http.get(f"/v1/receipts/{forged}")
    assert answer.status_code == 404
    assert json.loads(answer.body)["type"] == "urn:hirelane:problem:receipt-not-found"
