"""Many people apply with files before a deadline, while MongoDB is down.

``HIRELANE_KILLS`` lets 5,000 people apply (`make kill`).
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo.database import Database

from chalicelib.auth.accounts.repository import AccountRepository
from chalicelib.queue import Shards
from chalicelib.recruiting.applications.jobs import KIND
from tests.chaos.deployment.rush import Rush
from tests.support.deployment import Deployment, Publish

LONG = "HIRELANE_KILLS" in os.environ
PEOPLE, SECONDS, WITHOUT_MONGODB = (5000, 120.0, 20.0) if LONG else (40, 6.0, 2.0)
FILE_BYTES = 200_000
SERVED_SECONDS = 900.0


def test_deadline_divides_a_rush_exactly_and_nothing_is_lost(
    deployed: Deployment,
    database: Database[dict[str, Any]],
    lanes: Shards,
    publish: Publish,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rush = Rush(deployed, AccountRepository(database), PEOPLE, FILE_BYTES)
    upload_seconds = rush.upload()
    # The first call starts the function.
    assert deployed.call("GET", "/v1/postings").status == 200
    began = datetime.now(UTC)
    deadline = began + timedelta(seconds=SECONDS - WITHOUT_MONGODB / 2)
    posting_id = publish("Deadline", closes_at=deadline)
    sending = rush.apply(posting_id, SECONDS)
    time.sleep(SECONDS - WITHOUT_MONGODB)
    deployed.stack.pause("mongodb")
    try:
        time.sleep(max(0.0, SECONDS - (datetime.now(UTC) - began).total_seconds()))
    finally:
        deployed.stack.resume("mongodb")
    sending.join()
    answered_seconds = (datetime.now(UTC) - began).total_seconds()

    in_time = [one for one in rush.people if one.answered_at and one.answered_at < deadline]
    too_late = [one for one in rush.people if one.sent_at and one.sent_at >= deadline]
    assert in_time
    assert too_late
    assert {one.status for one in in_time} == {202}
    assert {one.status for one in too_late} == {409}
    for one in rush.people:
        if one.status == 202:
            assert datetime.fromisoformat(one.answer["accepted_at"]) < deadline
        else:
            assert one.answer["type"] == "urn:hirelane:problem:posting-closed"

    accepted = {one.id for one in rush.people if one.status == 202}
    waiting = len(accepted) - database["applications"].count_documents({"posting_id": posting_id})
    _wait_until_stored(database, lanes, posting_id, len(accepted))
    stored_seconds = (datetime.now(UTC) - began).total_seconds()
    stored = {
        one["candidate_id"]: one
        for one in database["applications"].find({"posting_id": posting_id})
    }
    assert stored.keys() == accepted
    assert rush.missing_files(stored) == []
    compared_seconds = (datetime.now(UTC) - began).total_seconds()
    with capsys.disabled():
        print(
            f"\n  {PEOPLE} people with {FILE_BYTES} bytes each, uploaded in {upload_seconds:.0f} s;"
            f" {len(accepted)} accepted, {PEOPLE - len(accepted)} refused, in"
            f" {answered_seconds:.0f} s, when {waiting} were not stored; all stored after"
            f" {stored_seconds:.0f} s and compared after {compared_seconds:.0f} s"
        )


def _wait_until_stored(
    database: Database[dict[str, Any]], lanes: Shards, posting_id: str, count: int
) -> None:
    ends = time.monotonic() + SERVED_SECONDS
    while database["applications"].count_documents({"posting_id": posting_id}) < count:
        assert time.monotonic() < ends, f"{lanes[0].redis.zcard(lanes[0].keys.ring(KIND))} wait"
        time.sleep(0.5)
