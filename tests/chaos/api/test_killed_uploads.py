"""Processes are killed while they upload, apply, amend, erase, store applications and sweep.

No application is without a file of it, a day later no other file is left, and each accepted
application is accounted for. ``HIRELANE_KILLS`` is the number of kills (`make kill`).
"""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.bootstrap.clients import s3_client as make_client
from chalicelib.bootstrap.container import Container
from chalicelib.recruiting.files.objects import FILES, object_key
from chalicelib.recruiting.files.sweeper import FileSweeper
from tests.chaos.api.upload_forker import Settings, content_of
from tests.integration.auth.people import create_person
from tests.integration.recruiting.candidates import drain_applications
from tests.integration.recruiting.steps import publish
from tests.support.assertions import wait_for
from tests.support.files import BUCKET
from tests.support.lanes import RecordingWaker
from tests.support.s3_server import s3_server

KILLS = int(os.environ.get("HIRELANE_KILLS", "5"))
CANDIDATES, POSTINGS, LEAST = (12, 12, 80) if KILLS > 10 else (4, 4, 5)
# So that a kill hits any moment between an upload and its application.
TASK_SECONDS = 0.5


@pytest.fixture
def s3(parts: Container, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of S3 whose server other processes reach too."""
    with s3_server() as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        client = make_client(attempts=2)
        client.create_bucket(Bucket=BUCKET)
        parts.files.override(s3=client)
        yield client


def test_kills_leave_no_application_without_its_file_and_no_orphan(
    parts: Container,
    read_secret: Callable[[str], str],
    s3: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    parts.override(waker=RecordingWaker())
    parts.files.override(s3=s3)
    people = [create_person(parts, f"p{n}@example.com").id for n in range(CANDIDATES)]
    postings = [publish(parts) for _ in range(POSTINGS)]
    parts.equation.checker.begin()
    secrets = {name: read_secret(name) for name in ("settings", "keys")}
    encoded = msgspec.json.encode(Settings(secrets, people, postings)).decode()
    command = [sys.executable, "-m", "tests.chaos.api.upload_forker", encoded]
    chance = random.Random(KILLS)  # noqa: S311
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as forker:
        assert forker.stdin
        assert forker.stdout
        assert forker.stdout.readline()

        def order(number: int, task: str) -> None:
            assert forker.stdin
            forker.stdin.write(f"{number} {task}\n".encode())
            forker.stdin.flush()

        try:
            for kill in range(KILLS):
                number = 2 * kill
                order(number, "apply")
                order(number + 1, "work")
                # The worker of before is killed a little later, in the middle of its work.
                time.sleep(chance.random() * TASK_SECONDS)
                order(number, "kill")
                if kill:
                    order(number - 1, "kill")
                equation = parts.equation.checker.check(postings[kill % POSTINGS])
                assert equation.balanced, (equation.missing_ids, equation.unexpected_ids)
            order(2 * KILLS, "apply")
            stored = parts.database["applications"]
            wait_for(lambda: stored.count_documents({}), lambda count: count >= LEAST)
        finally:
            forker.stdin.close()
            forker.wait(60)
    drain_applications(parts)
    parts.erasure.sweeper.sweep()
    before = len(all_keys(s3))
    deleted = sweep_a_day_later(parts)

    documents = list(parts.database["applications"].find({"active": True}))
    attached = {}
    for one in documents:
        versions = [
            hashlib.sha256(content_of(one["candidate_id"], one["posting_id"], n)).hexdigest()
            for n in (1, 2)
        ]
        sent = [file["sha256"] for file in one["files"]]
        # The same change may have been sent again.
        assert sent == [versions[0], *versions[1:] * (len(sent) - 1)]
        assert len(sent) == one.get("revision", 1)
        for file in one["files"]:
            attached[object_key(FILES, one["candidate_id"], file["id"])] = file
    for key, file in attached.items():
        content = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
    equations = [parts.equation.checker.check(one) for one in postings]
    assert all(one.balanced for one in equations)
    erased = sum(one.erased for one in equations)
    assert sum(one.accepted for one in equations) == len(documents) + erased
    revisions = {one["_id"][:36] for one in parts.database["revisions"].find()}
    assert revisions <= {one["_id"] for one in documents}
    with capsys.disabled():
        print(
            f"\n  {2 * KILLS} processes killed, {len(documents)} applications,"
            f" 0 without their file, {erased} erased;"
            f" {before} objects before and {before - deleted} after a day"
        )
    assert set(all_keys(s3)) == attached.keys()
    assert len(documents) >= LEAST


def all_keys(s3: Any) -> list[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    return [one["Key"] for page in pages for one in page.get("Contents", ())]


def sweep_a_day_later(parts: Container) -> int:
    """Sweep all pages of the bucket as if it was a day later. Return how many were deleted."""
    progress = parts.recruiting.pipeline.sweep_progress
    later = FileSweeper(
        parts.files.bucket,
        [parts.files.attached.find_attached],
        parts.recruiting.lanes,
        parts.auth.accounts,
        progress,
        lambda: datetime.now(UTC) + timedelta(days=1, seconds=2),
    )
    progress.save("files", "")
    deleted = later.sweep()
    while progress.find("files"):
        deleted += later.sweep()
    return deleted
