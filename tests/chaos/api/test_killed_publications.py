"""API processes are killed while they publish and close postings that people apply for.

``HIRELANE_KILLS=100`` is the long form (`make kill`).
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from chalicelib.bootstrap.container import Container
from chalicelib.common.ids import new_id
from chalicelib.queue import Gates
from chalicelib.recruiting.applications.models import ApplicationDraft
from chalicelib.recruiting.postings.employer_models import PostingDraft
from chalicelib.recruiting.postings.errors import PostingClosed, PostingNotFound
from chalicelib.recruiting.postings.gate_reconciler import GateReconciler
from chalicelib.recruiting.postings.models import PostingsQuery
from chalicelib.recruiting.postings.places import Place
from chalicelib.recruiting.postings.repository import postings_collection
from tests.chaos.api.api_forker import Event, Settings
from tests.integration.auth.people import create_person
from tests.support.lanes import RecordingWaker
from tests.support.timing import PATIENCE_SECONDS

KILLS = int(os.environ.get("HIRELANE_KILLS", "4"))
POSTINGS = 3
PROCESSES = 2
# A request takes some 20 ms: a kill within this time hits any moment of one.
RANDOM_SECONDS = 0.05
OPENING = ("publication", "reopening")


@dataclass
class Request:
    """A request of an API process. ``ended_at`` is its answer, or the death of the process."""

    action: str
    posting: str
    began_at: float
    ended_at: float = float("inf")
    status: int = 0


@dataclass
class Processes:
    """API processes, and the requests that they sent."""

    forker: subprocess.Popen[bytes]
    requests: list[Request] = field(default_factory=list)
    killed: int = 0
    answered: Counter[int] = field(default_factory=Counter)
    _last: dict[int, Request] = field(default_factory=dict)

    def order(self, number: int) -> None:
        """Start a process, or kill it if it runs."""
        assert self.forker.stdin
        self.forker.stdin.write(f"{number}\n".encode())
        self.forker.stdin.flush()

    def wait_for_answer(self, number: int) -> None:
        """Wait until a process got an answer, because its first request takes longer."""
        ends = time.monotonic() + PATIENCE_SECONDS
        while not self.answered[number]:
            assert time.monotonic() < ends
            time.sleep(0.005)

    def read(self) -> None:
        """Read events until the forker ends."""
        assert self.forker.stdout
        for line in self.forker.stdout:
            event = msgspec.json.decode(line, type=Event)
            if event.is_killed or event.status:
                self.killed += event.is_killed
                self.answered[event.process] += not event.is_killed
                if last := self._last.pop(event.process, None):
                    last.ended_at, last.status = event.at, event.status
            else:
                last = Request(event.action, event.posting, event.at)
                self._last[event.process] = last
                self.requests.append(last)


@dataclass
class Applicant:
    """Applies for postings until the test ends. Remembers when which application was accepted."""

    parts: Container
    postings: list[str]
    stop: threading.Event
    accepted: list[tuple[str, float, float]] = field(default_factory=list)
    refused: int = 0

    def run(self) -> None:
        chance = random.Random(7)  # noqa: S311
        service = self.parts.recruiting.apply_service
        while not self.stop.is_set():
            posting, began_at = chance.choice(self.postings), time.monotonic()
            try:
                service.apply(new_id(), posting, ApplicationDraft(), "-")
            except (PostingClosed, PostingNotFound):
                self.refused += 1
            else:
                self.accepted.append((posting, began_at, time.monotonic()))


def reconcile(parts: Container, sleep: Callable[[float], None] = lambda seconds: None) -> int:
    recruiting = parts.recruiting
    reconciler = GateReconciler(
        postings_collection(parts.database),
        recruiting.postings.publisher,
        Gates(recruiting.lanes),
        sleep=sleep,
    )
    return reconciler.run().repaired


@contextmanager
def running(target: Callable[[], None]) -> Iterator[None]:
    thread = threading.Thread(target=target)
    thread.start()
    yield
    thread.join()


def test_killed_processes_leave_no_open_gate(
    parts: Container,
    read_secret: Callable[[str], str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    parts.override(waker=RecordingWaker())
    owner = create_person(parts)
    employer_id = parts.employers.employers.create("yard", "Yard", "", owner.id).id
    draft = PostingDraft(
        title="Boat builder",
        description="Build boats.",
        workplace="on-site",
        employment="full-time",
        place=Place("NO", None, "Bergen"),
    )
    postings = [parts.postings.publications.create(employer_id, draft).id for _ in range(POSTINGS)]
    secrets = {name: read_secret(name) for name in ("settings", "keys")}
    settings = Settings(secrets, owner.token, employer_id, postings)
    chance, stop = random.Random(KILLS), threading.Event()  # noqa: S311
    # Its own connections, because the reconciler works at the same time.
    applicant = Applicant(Container("api", read_secret=read_secret), postings, stop)
    applicant.parts.override(waker=RecordingWaker())
    repaired = 0
    encoded = msgspec.json.encode(settings).decode()
    command = [sys.executable, "-m", "tests.chaos.api.api_forker", encoded]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as forker,
        ExitStack() as cleanup,
    ):
        processes = Processes(forker)
        cleanup.callback(applicant.parts.redis.close)
        cleanup.callback(applicant.parts.database.client.close)
        cleanup.enter_context(running(processes.read))
        cleanup.enter_context(running(applicant.run))
        try:
            numbers = list(range(PROCESSES))
            for number in numbers:
                processes.order(number)
            for kill in range(KILLS):
                victim = numbers.pop(0)
                processes.wait_for_answer(victim)
                time.sleep(chance.random() * RANDOM_SECONDS)
                processes.order(victim)
                # A sweep meets processes at work, and what a dead one left.
                repaired += reconcile(parts)
                numbers.append(PROCESSES + kill)
                processes.order(numbers[-1])
        finally:
            assert forker.stdin
            forker.stdin.close()
            forker.wait(60)
            repaired += reconcile(parts)
            stop.set()
    assert processes.killed >= KILLS
    assert reconcile(parts) == 0
    check_states(parts, employer_id, postings)
    statuses = Counter(request.status for request in processes.requests)
    with capsys.disabled():
        print(
            f"\n{processes.killed} kills, {len(processes.requests)} requests {dict(statuses)},"
            f" {len(applicant.accepted)} applications accepted, {applicant.refused} refused,"
            f" {repaired} gates repaired"
        )
    assert not [status for status in statuses if status >= 500]
    assert find_violations(processes.requests, applicant.accepted) == []


def check_states(parts: Container, employer_id: str, postings: list[str]) -> None:
    """Check that the list and the answers to applications are as the documents say."""
    page = parts.recruiting.posting_search.page(PostingsQuery())
    listed = {posting.id for posting in page.postings}
    for posting_id in postings:
        is_open = parts.postings.drafts.get(employer_id, posting_id).is_open
        assert (posting_id in listed) is is_open
        try:
            parts.recruiting.apply_service.apply(new_id(), posting_id, ApplicationDraft(), "-")
        except PostingClosed:
            assert not is_open
        else:
            assert is_open


def find_violations(requests: list[Request], accepted: list[tuple[str, float, float]]) -> list[Any]:
    """Return the applications that were accepted after an answered closing.

    A request to open the posting that overlaps the closing, or begins later, may come after it.
    """
    closings = [one for one in requests if one.action == "closing" and one.status == 200]
    openings = [one for one in requests if one.action in OPENING]
    wrong = []
    for posting, began_at, ended_at in accepted:
        answered = [one for one in closings if one.posting == posting and one.ended_at <= began_at]
        last = max(answered, key=lambda one: one.ended_at, default=None)
        if last and not any(
            one.posting == posting and one.ended_at >= last.began_at and one.began_at <= ended_at
            for one in openings
        ):
            wrong.append((posting, began_at, last))
    return wrong
