"""Our API function, which reads the applicants of one posting with very many applications.

The applications are stored by the code that the worker uses, with ids of the last 30 days, half of
them of one hour. The real indexer indexes them. Requests are answered one by one in this process:
API Gateway and the network are not measured.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import TYPE_CHECKING, Any

from pymongo import MongoClient

from benchmarks.contest import ContestError, Task
from benchmarks.contestants.environment import LambdaContext, api_event, make_container
from benchmarks.examined import ReadRecorder, documents_examined

if TYPE_CHECKING:
    from chalicelib.bootstrap.container import Container

APPLICATIONS = "/v1/employers/{employer_id}/applications"
EQUATION = "/v1/employers/{employer_id}/postings/{posting_id}/equation"
# One of that many cover letters has the rare word.
RARE = 5000
LETTER_WORDS = 170
# What requests read by id: the caller, the posting, and the names of the applicants on the page.
BESIDES = ("accounts", "employers", "memberships", "postings")
DAYS = 30
_PAGE = 500
# Longer than a sweep of the schedule (5 s), because the local server reads all waiting applications
# at the beginning of each sweep.
_SWEEP_SECONDS = 60.0


def read(task: Task) -> dict[str, Any]:
    """Measure a posting with ``batch`` applications, ``repetitions`` times for each route.

    Returns:
        How long the indexer took (``index_seconds``), and for each route its median time in
        milliseconds (``ms``) and the documents that one request examines: of applications, of their
        index and of equations (``documents``), and all (``all_documents``).
    """
    with tempfile.TemporaryFile("w+") as log, redirect_stdout(log):
        return _read(task)


def _read(task: Task) -> dict[str, Any]:
    container = make_container(task)
    recorder = ReadRecorder()
    client: MongoClient[dict[str, Any]] = MongoClient(
        task.mongodb_uri, event_listeners=[recorder], tz_aware=True
    )
    container.override(database=client.get_default_database())
    container.operations.prepare()
    scene = _Scene(container, task.batch)
    began = time.perf_counter()
    while container.review.indexer.sweep(_SWEEP_SECONDS):
        recorder.take()
    index_seconds = time.perf_counter() - began
    scene.check_index()
    began = time.perf_counter()
    scene.check_equation()
    equation_seconds = time.perf_counter() - began
    routes = {}
    for name, event in scene.events().items():
        scene.request(event)
        recorder.take()
        scene.request(event)
        examined = _count(container, recorder)
        routes[name] = {"ms": scene.measure(event, task.repetitions), **examined}
    return {
        "jobs": task.batch,
        "index_seconds": index_seconds,
        "equation_seconds": equation_seconds,
        "routes": routes,
    }


def _count(container: Container, recorder: ReadRecorder) -> dict[str, int]:
    """Return how many documents a request examined, without and with those it needs by id."""
    of_applications = others = 0
    for one in recorder.take():
        documents = documents_examined(container.database, one)
        if next(iter(one.values())) in BESIDES:
            others += documents
        else:
            of_applications += documents
    return {"documents": of_applications, "all_documents": of_applications + others}


class _Scene:
    """An employer, a posting with applications, and the owner who reads them."""

    def __init__(self, container: Container, count: int) -> None:
        import app

        self._app = app.app
        self._container = container
        self._random = random.Random(1)  # noqa: S311
        self._words = [self._word() for _ in range(8000)]
        owner = container.auth.accounts.create("owner@example.com", "Owner", "no hash")
        self.employer = container.employers.employers.create("yard", "Yard", "", owner["_id"]).id
        self.posting = self._publish()
        self._owner: str = owner["_id"]
        self._ids = sorted(self._make_ids(count))
        for page in batched(self._ids, _PAGE):
            self._store(page)

    def check_index(self) -> None:
        """Check that no more applications wait than the indexer leaves to wait."""
        from chalicelib.recruiting.applicant_index.indexer import LEAST_WAITING

        waiting = len(self._container.review.waiting.find_all(self.employer, self.posting))
        if waiting >= LEAST_WAITING:
            raise ContestError(f"{waiting} applications wait for the index")

    def check_equation(self) -> None:
        """Check the equation of the posting id by id, as the schedule does once an hour."""
        self._container.equation.accepted_log.begin(datetime.now(UTC))
        found = self._container.equation.checker.check(self.posting)
        if not found.balanced or found.accepted != len(self._ids):
            raise ContestError(f"the equation has {found.accepted} of {len(self._ids)}")

    def events(self) -> dict[str, dict[str, Any]]:
        """Return the event of each measured request, by its name."""
        # Now, because an access token expires after ten minutes.
        self.token = self._log_in(self._owner)
        own = {"posting_id": self.posting}
        counts = f"{APPLICATIONS}/counts", f"{APPLICATIONS}/posting-counts"
        middle = self._ids[len(self._ids) // 2]
        return {
            "list": self._event(APPLICATIONS, own),
            "list_middle": self._event(APPLICATIONS, own | {"cursor": middle}),
            "list_stage": self._event(APPLICATIONS, own | {"stage": "new"}),
            "search_common": self._event(APPLICATIONS, own | {"q": "boats"}),
            "search_rare": self._event(APPLICATIONS, own | {"q": "zeppelin"}),
            "counts": self._event(counts[0], own),
            "open_counts": self._event(counts[1], {"posting_ids": self.posting}),
            "equation": self._event(EQUATION, None),
        }

    def request(self, event: dict[str, Any]) -> None:
        """Send a request, which must succeed."""
        answer = self._app(event, LambdaContext())
        if answer["statusCode"] != 200:
            raise ContestError(f"{event['path']}: {answer['statusCode']} {answer['body']}")

    def measure(self, event: dict[str, Any], repetitions: int) -> float:
        """Send a request some times. Return the median of the milliseconds."""
        measured = []
        for _ in range(repetitions):
            began = time.perf_counter()
            self.request(event)
            measured.append((time.perf_counter() - began) * 1000)
        return statistics.median(measured)

    def _event(self, resource: str, query: dict[str, str] | None) -> dict[str, Any]:
        path = {"employer_id": self.employer}
        if "{posting_id}" in resource:
            path["posting_id"] = self.posting
        return api_event("GET", resource, self.token, path=path, query=query)

    def _log_in(self, account_id: str) -> str:
        from chalicelib.auth.accounts.repository import to_caller

        account = self._container.auth.accounts.get(account_id)
        opened = self._container.auth.sessions.open(account_id, "bench", "192.0.2.1")
        return self._container.auth.access_tokens.issue(to_caller(account, opened.session.id))

    def _publish(self) -> str:
        from chalicelib.recruiting.postings.models import Posting

        now = datetime.now(UTC)
        posting = Posting(
            id=_id_at(now - timedelta(days=DAYS + 1)),
            title="Boat builder",
            employer="Yard",
            location="Bergen",
            description="Build boats.",
            published_at=now - timedelta(days=DAYS + 1),
            employer_id=self.employer,
            employer_slug="yard",
        )
        self._container.recruiting.postings.publish(posting)
        return posting.id

    def _make_ids(self, count: int) -> Iterator[str]:
        """Yield ids of applications: every second one of the same hour."""
        now = datetime.now(UTC)
        for number in range(count):
            seconds = self._random.uniform(0, DAYS * 24 * 3600)
            if number % 2:
                seconds = DAYS * 12 * 3600 + self._random.uniform(0, 3600)
            yield _id_at(now - timedelta(seconds=seconds))

    def _store(self, ids: tuple[str, ...]) -> None:
        """Store applications as the worker does."""
        from chalicelib.common.ids import id_time, new_id
        from chalicelib.queue import ClaimedJob
        from chalicelib.recruiting.applications.insertions import InsertionProcessor
        from chalicelib.recruiting.applications.jobs import Application
        from chalicelib.recruiting.applications.models import ApplicationDraft

        people = [new_id() for _ in ids]
        self._container.database["accounts"].insert_many(
            {
                "_id": one,
                "name": f"Ada {self._random.choice(self._words).title()}",
                "email": f"{one}@example.com",
            }
            for one in people
        )
        jobs = [
            ClaimedJob(
                one,
                f"applications:{person}",
                b"",
                created_at=f"{id_time(one):%Y-%m-%dT%H:%M:%S.%fZ}".encode(),
            )
            for one, person in zip(ids, people, strict=True)
        ]
        arguments = {
            one: Application(person, self.posting, ApplicationDraft(self._letter()))
            for one, person in zip(ids, people, strict=True)
        }
        pipelines = self._container.recruiting.pipeline.pipelines.find_many([self.posting])
        applications = self._container.recruiting.applications
        notices = self._container.consents.notice_checker
        InsertionProcessor(applications, notices).process(jobs, arguments, pipelines)

    def _letter(self) -> str:
        usual = self._random.choices(self._words[:200], k=100)
        words = ["boats", *usual, *self._random.choices(self._words, k=LETTER_WORDS - 101)]
        if self._random.randrange(RARE) == 0:
            words.append("zeppelin")
        return " ".join(words)

    def _word(self) -> str:
        length = self._random.randint(3, 9)
        return "".join(self._random.choices("abcdefghijklmnopqrstuvwxyz", k=length))


def _id_at(at: datetime) -> str:
    """Return an id that was made at a time."""
    from chalicelib.common.ids import new_id

    digits = f"{int(at.timestamp() * 1000):012x}"
    return f"{digits[:8]}-{digits[8:]}{new_id()[13:]}"
