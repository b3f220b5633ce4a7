"""Applying over HTTP, with real stores: the flow, its round trips, and stores that are down."""

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

from chalicelib.bootstrap.container import Container
from chalicelib.bootstrap.process import get_container
from chalicelib.common.ids import new_id
from chalicelib.queue.worker import Leases
from tests.integration.recruiting.steps import (
    apply,
    commands_until_echo,
    get,
    post,
    problem,
    publish,
)


def test_accepted_application_has_a_receipt_and_a_status(
    http: Client, log_in: Callable[[str], str], posting: str
) -> None:
    token = log_in("ada@example.com")
    accepted = apply(http, token, posting, cover_letter="Hello", links=["https://example.com/cv"])
    assert accepted.status_code == 202
    receipt = json.loads(accepted.body)
    assert receipt["status"] == "accepted"
    assert accepted.headers["Location"] == f"../../applications/{receipt['id']}"
    status = json.loads(get(http, f"/v1/applications/{receipt['id']}", token).body)
    assert status["status"] == "accepted"
    assert status["timeline"] == [{"event": "accepted", "at": receipt["accepted_at"]}]


def test_accept_takes_one_round_trip_to_redis(
    http: Client, log_in: Callable[[str], str], posting: str, parts: Container, redis: Redis
) -> None:
    """The server counts the commands. Commands inside a script are not round trips."""
    token = log_in("ada@example.com")
    with Stubber(parts.lambda_client) as stubber:
        stubber.add_response("invoke", {"StatusCode": 202})
        apply(http, token, posting)  # connects, loads the script, wakes the drain
        stubber.assert_no_pending_responses()
    other = publish(get_container("api"))
    with redis.monitor() as monitor:  # type: ignore[no-untyped-call]
        redis.ping()
        assert apply(http, token, other).status_code == 202
        redis.echo("end")
        commands = commands_until_echo(monitor)
    # Skip the commands before the ping: the monitor took the connection, so redis connects again.
    assert commands[commands.index("PING") :] == ["PING", "EVALSHA"]


def test_stock_rq_worker_stores_and_withdraws(
    http: Client,
    log_in: Callable[[str], str],
    posting: str,
    parts: Container,
    database: Database[dict[str, Any]],
) -> None:
    """The worker has a process of its own, because RQ reads its key prefix at import."""
    token = log_in("ada@example.com")
    receipt = json.loads(apply(http, token, posting, cover_letter="Hi").body)
    withdrawn = json.loads(apply(http, token, publish(parts)).body)
    assert (
        post(http, f"/v1/applications/{withdrawn['id']}/withdrawal", {}, token).status_code == 202
    )
    [lane] = list(parts.redis.scan_iter("*:queue:applications:*"))
    secrets = parts.settings.secrets
    program = (
        "import os, sys; from chalicelib import jobs;"
        "from chalicelib.bootstrap.container import Container;"
        "from chalicelib.bootstrap.process import use_container;"
        "read = lambda name: os.environ['TEST_SECRET'];"
        "[use_container(Container(s, read_secret=read)) for s in ('applications', 'mail')];"
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
    mails = [job.id for job in Leases(parts.notifications.lanes[0]).claim("mailer").jobs]
    # The other one is the e-mail that confirmed the account.
    assert len(mails) == 2
    assert f"application-confirmation-{receipt['id']}" in mails


def test_failed_wake_does_not_count_as_a_running_drain(
    http: Client, log_in: Callable[[str], str], posting: str, parts: Container
) -> None:
    """No Lambda function has the configured name, so each wake fails."""
    assert apply(http, log_in("ada@example.com"), posting).status_code == 202
    lanes = parts.recruiting.lanes[0]
    assert lanes.redis.zcard(lanes.keys.drains(lanes.kind)) == 0


def test_second_application_gets_the_first_receipt(
    http: Client, log_in: Callable[[str], str], posting: str, parts: Container
) -> None:
    token = log_in("ada@example.com")
    first = json.loads(apply(http, token, posting, cover_letter="one").body)
    again = apply(http, token, posting, cover_letter="two")
    assert again.status_code == 202
    repeated = json.loads(again.body)
    # Its receipt does not claim the second text.
    assert repeated == first | {"repeat": True, "receipt": repeated["receipt"]}
    assert len(Leases(parts.recruiting.lanes[0]).claim("drain").jobs) == 1


@pytest.mark.parametrize(
    "posting_id", [new_id(), "nonsense", "$ne"], ids=["unknown id", "nonsense", "operator"]
)
def test_unknown_posting_is_not_found(
    http: Client, log_in: Callable[[str], str], posting_id: str
) -> None:
    answer = apply(http, log_in("ada@example.com"), posting_id)
    assert problem(answer) == (404, "posting-not-found")


def test_closed_posting_refuses_applications(
    http: Client, log_in: Callable[[str], str], parts: Container
) -> None:
    closed = publish(parts, closes_in=timedelta(seconds=-1))
    answer = apply(http, log_in("ada@example.com"), closed)
    assert problem(answer) == (409, "posting-closed")
    assert json.loads(http.http.get("/v1/postings").body)["postings"] == []


def test_empty_redis_gets_the_gate_from_mongodb(
    http: Client, log_in: Callable[[str], str], posting: str, redis: Redis
) -> None:
    token = log_in("ada@example.com")
    redis.flushall()
    assert apply(http, token, posting).status_code == 202


def test_other_candidate_cannot_read_the_status(
    http: Client, log_in: Callable[[str], str], posting: str
) -> None:
    receipt = json.loads(apply(http, log_in("ada@example.com"), posting).body)
    answer = get(http, f"/v1/applications/{receipt['id']}", log_in("bob@example.com"))
    assert answer.status_code == 404


def test_receipt_can_be_verified_by_anyone(
    http: Client, log_in: Callable[[str], str], posting: str
) -> None:
    receipt = json.loads(apply(http, log_in("ada@example.com"), posting).body)
    verified = http.http.get(f"/v1/receipts/{receipt['receipt']}")
    assert verified.status_code == 200
    assert (
        json.loads(verified.body).items()
        >= {name: receipt[name] for name in ("id", "posting_id", "accepted_at")}.items()
    )
    signed = json.loads(verified.body)["receipt"]
    assert json.loads(http.http.get(f"/v1/receipts/{signed}").body) | {"receipt": signed} == (
        json.loads(verified.body)
    )


@pytest.mark.parametrize("change", ["x", ".x", ""])
def test_changed_receipt_is_not_found(
    http: Client, log_in: Callable[[str], str], posting: str, change: str
) -> None:
    receipt = json.loads(apply(http, log_in("ada@example.com"), posting).body)["receipt"]
    forged = change + receipt if change else f"{receipt[:-1]}{'A' if receipt[-1] != 'A' else 'Q'}"
    answer = http.http.get(f"/v1/receipts/{forged}")
    assert problem(answer) == (404, "receipt-not-found")
