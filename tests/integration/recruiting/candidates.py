"""What the tests of candidates' applications have in common."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chalice.test import Client, HTTPResponse
from pymongo.database import Database

from chalicelib.bootstrap.clients import connect_mongodb
from chalicelib.bootstrap.container import Services
from chalicelib.bootstrap.drain_observer import LoggingObserver
from chalicelib.queue import Limits, Shards
from chalicelib.queue.worker import Claim, Dead, Done, Leases, Outcome, drain
from tests.integration.recruiting.steps import apply, get
from tests.support.lanes import RecordingWaker

Document = dict[str, Any]


class Candidate:
    """Somebody who is logged in."""

    def __init__(self, http: Client, token: str, account_id: str) -> None:
        self._http = http
        self.token = token
        self.id = account_id

    def apply(self, posting: str, **draft: Any) -> str:
        """Apply. Returns the application's id."""
        answer = apply(self._http, self.token, posting, **draft)
        assert answer.status_code == 202
        application_id: str = json.loads(answer.body)["id"]
        return application_id

    def withdraw(self, application: str, key: str | None = None) -> HTTPResponse:
        headers = {"Authorization": f"Bearer {self.token}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        path = f"/v1/applications/{application}/withdrawal"
        return self._http.http.post(path, headers=headers, body=b"")

    def withdrawn(self, application: str) -> str:
        """Withdraw, which must be accepted. Returns the id that was answered."""
        answer = self.withdraw(application)
        assert answer.status_code == 202
        said: Document = json.loads(answer.body)
        assert said == {"id": said["id"], "status": "withdrawing"}
        application_id: str = said["id"]
        return application_id

    def progress(self, application: str) -> Document:
        answer = get(self._http, f"/v1/applications/{application}", self.token)
        assert answer.status_code == 200
        progress: Document = json.loads(answer.body)
        return progress

    def steps(self, application: str) -> tuple[str, list[str]]:
        """The status of an application, and what happened to it."""
        progress = self.progress(application)
        return progress["status"], [step["event"] for step in progress["timeline"]]

    def page(self, query: str = "") -> Document:
        answer = get(self._http, f"/v1/applications{query}", self.token)
        assert answer.status_code == 200
        page: Document = json.loads(answer.body)
        return page

    def pages(self, limit: int, query: str = "") -> list[Document]:
        """All applications, page by page."""
        found: list[Document] = []
        cursor = ""
        while True:
            page = self.page(f"?limit={limit}&cursor={cursor}{query}")
            assert len(page["applications"]) <= limit
            found += page["applications"]
            if page["next"] is None:
                return found
            cursor = page["next"]


def claim(parts: Services) -> Claim:
    return Leases(parts.application_lanes[0]).claim("drain")


def handle(parts: Services, held: Claim) -> list[Outcome]:
    """Do the jobs of a claim, without settling it."""
    return parts.storing.handle(held.jobs)


def settle(parts: Services, held: Claim, outcomes: list[Outcome]) -> None:
    """Settle a claim with the outcomes of all its jobs."""
    rest = iter(outcomes)
    of_lanes = [[next(rest) for _ in lane.jobs] for lane in held.lanes]
    Leases(parts.application_lanes[0]).settle(held, of_lanes)


def work(parts: Services) -> None:
    """Do all that waits in the lanes of applications."""
    lanes = Shards(parts.redis, "applications", limits=Limits(idle_timeout=0))[0]
    drain(
        Leases(lanes),
        parts.storing,
        drain_id="drain",
        remaining=lambda: 60.0,
        waker=RecordingWaker(),
        observer=LoggingObserver(parts.logger, "applications", "stored"),
    )


def give_up(parts: Services, *job_ids: str) -> None:
    """Let these jobs, at the heads of their lanes, become dead letters; do what is before them."""
    held = claim(parts)
    outcomes = [Dead("of a test") if job.id in job_ids else None for job in held.jobs]
    done = iter(parts.storing.handle([job for job in held.jobs if job.id not in job_ids]))
    settle(parts, held, [outcome or next(done) for outcome in outcomes])


def mailed(parts: Services) -> list[str]:
    """The confirmations that wait to be sent, by the ids of their applications."""
    lanes = parts.mail_lanes[0]
    held = Leases(lanes).claim("mailer")
    Leases(lanes).settle(held, [[Done()] * len(lane.jobs) for lane in held.lanes])
    prefix = "application-confirmation-"
    return [job.id.removeprefix(prefix) for job in held.jobs if job.id.startswith(prefix)]


def stored(database: Database[Document]) -> dict[str, Document]:
    """All documents of applications, by id."""
    return {document["_id"]: document for document in database["applications"].find()}


@contextmanager
def without_mongodb(parts: Services) -> Iterator[Services]:
    """The same parts, but for a MongoDB that nobody reaches."""
    crippled = Services("api", lambda: parts.settings, lambda name: parts.keys_secret)
    client = connect_mongodb("mongodb://127.0.0.1:1/?directConnection=true", seconds=0.1)
    vars(crippled).update(database=client["hirelane"], waker=parts.waker, redis=parts.redis)
    with client:
        yield crippled
