"""Processes are killed while they start and carry out a bulk rejection.

``HIRELANE_KILLS`` chooses the long form: 5,000 applications and 20 kills (`make kill`).
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from pymongo.errors import NetworkTimeout

from chalicelib.bootstrap.container import Container
from chalicelib.recruiting.bulk.commands import command_id
from chalicelib.recruiting.bulk.models import OperationDraft, OperationRequest, RejectAction
from chalicelib.recruiting.bulk.models import SelectionQuery as Query
from chalicelib.recruiting.pipeline.jobs import CommandKind
from tests.chaos.api.operation_forker import ORIGIN, Settings
from tests.integration.recruiting.applicants import store_applicants
from tests.integration.recruiting.candidates import drain_applications
from tests.integration.recruiting.pipelines import (
    RECRUITER,
    make_due,
    publish_for_employer,
    send,
    send_emails,
)
from tests.support.lanes import RecordingWaker, pass_time
from tests.support.timing import PATIENCE_SECONDS

LONG = "HIRELANE_KILLS" in os.environ
TOTAL, KILLS = (5000, 20) if LONG else (200, 3)
# A request takes this long: a kill within this time hits any moment of one.
REQUEST_SECONDS = 3.0 if LONG else 0.3


class Chaos:
    """A bulk rejection whose processes are killed while candidates and a colleague act."""

    def __init__(self, parts: Container, forker: subprocess.Popen[bytes], ids: list[str]) -> None:
        self.parts, self.forker, self.ids = parts, forker, ids
        self.chance = random.Random(KILLS)  # noqa: S311
        self.number = 0

    def order(self, number: int, task: str) -> None:
        assert self.forker.stdin
        self.forker.stdin.write(f"{number} {task}\n".encode())
        self.forker.stdin.flush()

    def begin(self, task: str) -> int:
        """Start a process for a task. Return its number."""
        self.number += 1
        self.order(self.number, task)
        return self.number

    def kill_requests(self) -> None:
        """Kill processes that start the operation. Some candidates have withdrawn before."""
        self.withdraw()
        for _ in range(KILLS // 2):
            number = self.begin("start")
            time.sleep(self.chance.random() * REQUEST_SECONDS)
            self.order(number, "kill")

    def kill_workers(self) -> None:
        """Kill workers while requests are repeated, and let the last worker live."""
        for _ in range(KILLS - KILLS // 2):
            number = self.begin("work")
            self.begin("start")
            time.sleep(self.chance.random() * REQUEST_SECONDS)
            self.withdraw()
            self.reinstate()
            self.order(number, "kill")
        self.begin("work")

    def withdraw(self) -> None:
        """Withdraw some applications."""
        for one in self.chance.sample(self.ids, TOTAL // 20 // KILLS + 1):
            [found] = self.parts.database["applications"].find({"_id": one}, {"candidate_id": 1})
            self.parts.recruiting.withdrawal_service.withdraw(found["candidate_id"], one, "-")

    def reinstate(self) -> None:
        """Reinstate some applications that are rejected."""
        rejected = self.parts.database["applications"].find({"stage": "rejected"}, {"_id": 1})
        for document in rejected.limit(TOTAL // 10 // KILLS):
            send(self.parts, document["_id"], CommandKind.REINSTATE, "rejected")


def test_killed_bulk_rejection_decides_each_application_once(
    parts: Container, read_secret: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    parts.override(waker=RecordingWaker())
    posting = publish_for_employer(parts)
    ids = store_applicants(parts, posting, TOTAL)
    bulk = parts.bulk
    action = RejectAction(message="Thank you, {name}.", send_after_minutes=60)
    preview = bulk.bulk_service.preview(
        RECRUITER, OperationDraft(posting, action, query=Query("new"))
    )
    request = OperationRequest(
        posting, action, query=Query("new", preview.newest), selection=preview.selection
    )
    secrets = {name: read_secret(name) for name in ("settings", "keys")}
    encoded = msgspec.json.encode(Settings(secrets, request)).decode()
    command = [sys.executable, "-m", "tests.chaos.api.operation_forker", encoded]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as forker:
        assert forker.stdout
        assert forker.stdout.readline()
        chaos, began_at = Chaos(parts, forker, ids), time.monotonic()
        try:
            chaos.kill_requests()
            operation = repeat(lambda: bulk.bulk_service.start(RECRUITER, request, ORIGIN).id)
            chaos.kill_workers()
            killed_after = time.monotonic() - began_at
            ends = time.monotonic() + PATIENCE_SECONDS * (5 if LONG else 1)
            while repeat(lambda: bulk.result_service.get(RECRUITER, operation).waiting):
                assert time.monotonic() < ends
                time.sleep(0.1)
            done_after = time.monotonic() - began_at
        finally:
            assert forker.stdin
            forker.stdin.close()
            forker.wait(60)
    chaos.reinstate()
    # The last worker may have ended before it settled: its leases expire.
    pass_time(parts.recruiting.lanes[0], 60)
    drain_applications(parts)
    progress = bulk.result_service.get(RECRUITER, operation)
    check_decisions(parts, operation, progress.done, progress.not_done["withdrawn"])
    queued = make_due(parts)
    sent = send_emails(parts)
    stages = read_stages(parts)
    with capsys.disabled():
        print(
            f"\n  {KILLS} kills in {killed_after:.1f} s, all {TOTAL} decided after"
            f" {done_after:.1f} s: {progress.done} rejected, {progress.not_done};"
            f" now {dict(stages)}; {queued} e-mails queued, {len(sent)} sent"
        )
    assert stages["new"]
    assert progress.not_done["withdrawn"]
    assert len(sent) == stages["rejected"]
    assert parts.database["operations"].count_documents({}) == 1


def repeat[T](request: Callable[[], T]) -> T:
    """Repeat a request until MongoDB answers in time, as clients do after a 503."""
    while True:
        try:
            return request()
        except NetworkTimeout:
            time.sleep(0.5)


def check_decisions(parts: Container, operation: str, done: int, withdrawn: int) -> None:
    """Check that each application has one outcome, and that the counts are those of the events."""
    documents = list(parts.database["applications"].find())
    commands = {command_id(operation, one["_id"]) for one in documents}
    events = Counter(
        event["command"]
        for one in documents
        for event in one["events"]
        if event.get("command") in commands
    )
    refused = {one["_id"] for one in parts.database["command_refusals"].find()} & commands
    assert set(events.values()) == {1}
    assert events.keys() | refused == commands
    assert not events.keys() & refused
    assert (done, withdrawn) == (len(events), len(refused))
    assert done + withdrawn == TOTAL


def read_stages(parts: Container) -> Counter[str]:
    """Return the numbers of applications by stage, and of the withdrawn ones."""
    found: Any = parts.database["applications"].find({}, {"stage": 1, "active": 1})
    return Counter(one["stage"] if one["active"] else "withdrawn" for one in found)
