"""A candidate who calls the API, and a worker that is run step by step."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chalice.test import Client, HTTPResponse
from pymongo.database import Database

from chalicelib.bootstrap.clients import connect_mongodb
from chalicelib.bootstrap.container import Container
from chalicelib.bootstrap.drain_observer import LoggingObserver
from chalicelib.bootstrap.sweep_task import SweepTask
from chalicelib.bootstrap.worker import Worker
from chalicelib.queue import Limits, Shards
from chalicelib.queue.worker import Claim, Dead, Done, Leases, Outcome, drain
from tests.integration.recruiting.steps import apply, get
from tests.support.lambda_context import LambdaContext
from tests.support.lanes import RecordingWaker

Document = dict[str, Any]


class Candidate:
    """A candidate who is logged in."""

    def __init__(self, http: Client, token: str, account_id: str) -> None:
        self._http = http
        self.token = token
        self.id = account_id

    def apply(self, posting: str, **draft: Any) -> str:
        """Apply for a posting. Return the id of the application."""
        answer = apply(self._http, self.token, posting, **draft)
        assert answer.status_code == 202
        application_id: str = json.loads(answer.body)["id"]
        return application_id

    def post_withdrawal(self, application: str, key: str | None = None) -> HTTPResponse:
        """Send a withdrawal, with or without an idempotency key. Return the response."""
        headers = {"Authorization": f"Bearer {self.token}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        path = f"/v1/applications/{application}/withdrawal"
        return self._http.http.post(path, headers=headers, body=b"")

    def withdraw(self, application: str) -> str:
        """Withdraw an application, which must be accepted. Return the id in the answer."""
        answer = self.post_withdrawal(application)
        assert answer.status_code == 202
        body: Document = json.loads(answer.body)
        assert body == {"id": body["id"], "status": "withdrawing"}
        application_id: str = body["id"]
        return application_id

    def status(self, application: str) -> Document:
        """Return the status document of an application."""
        answer = get(self._http, f"/v1/applications/{application}", self.token)
        assert answer.status_code == 200
        status: Document = json.loads(answer.body)
        return status

    def read_status(self, application: str, tag: str = "") -> tuple[Document, str]:
        """Return the status document and its ETag; an empty document if the ETag is ``tag``."""
        headers = {"Authorization": f"Bearer {self.token}", "If-None-Match": tag}
        answer = self._http.http.get(f"/v1/applications/{application}", headers=headers)
        return json.loads(answer.body or "{}"), answer.headers["ETag"]

    def events(self, application: str) -> tuple[str, list[str]]:
        """Return the status of an application, and the events of its timeline."""
        status = self.status(application)
        return status["status"], [event["event"] for event in status["timeline"]]

    def page(self, query: str = "") -> Document:
        """Return a page of the candidate's applications."""
        answer = get(self._http, f"/v1/applications{query}", self.token)
        assert answer.status_code == 200
        page: Document = json.loads(answer.body)
        return page

    def all_pages(self, limit: int, query: str = "") -> list[Document]:
        """Return all applications of the candidate, read page by page."""
        applications: list[Document] = []
        cursor = ""
        while True:
            page = self.page(f"?limit={limit}&cursor={cursor}{query}")
            assert len(page["applications"]) <= limit
            applications += page["applications"]
            if page["next"] is None:
                return applications
            cursor = page["next"]


def claim(parts: Container) -> Claim:
    """Claim the jobs of all lanes of applications."""
    return Leases(parts.recruiting.lanes[0]).claim("drain")


def handle(parts: Container, held: Claim) -> list[Outcome]:
    """Handle the jobs of a claim without settling it."""
    return parts.recruiting.job_handler.handle(held.jobs)


def settle(parts: Container, held: Claim, outcomes: list[Outcome]) -> None:
    """Settle a claim with the outcomes of all its jobs."""
    rest = iter(outcomes)
    of_lanes = [[next(rest) for _ in lane.jobs] for lane in held.lanes]
    Leases(parts.recruiting.lanes[0]).settle(held, of_lanes)


def sweep_applications(parts: Container) -> int:
    """Run the scheduled sweep of the applications worker. Return the number of handled jobs."""
    # Without an idle timeout, the drain ends although the follow-up jobs wait for the mail worker.
    lanes = Shards(parts.redis, "applications", limits=Limits(idle_timeout=0))
    worker = Worker(
        parts,
        "applications",
        lambda: parts.recruiting.job_handler,
        "stored",
        lanes=lambda: lanes,
        tasks=[
            SweepTask(parts.privacy.candidate_data.remove_orphans, "repaired", "failed"),
            SweepTask(parts.recruiting.pipeline.sweep_due, "queued", "failed"),
        ],
    )
    return sum(done["applied"] for done in worker.sweep(LambdaContext()))


def drain_applications(parts: Container) -> None:
    """Handle all jobs that wait in the lanes of applications."""
    # Without an idle timeout, the drain ends although the follow-up jobs wait for the mail worker.
    lanes = Shards(parts.redis, "applications", limits=Limits(idle_timeout=0))[0]
    drain(
        Leases(lanes),
        parts.recruiting.job_handler,
        drain_id="drain",
        remaining=lambda: 60.0,
        waker=RecordingWaker(),
        observer=LoggingObserver(parts.logger, "applications", "stored"),
    )


def dead_letter(parts: Container, *job_ids: str) -> None:
    """Dead-letter the jobs with these ids. Handle the other jobs of the claim."""
    held = claim(parts)
    outcomes = [Dead("by the test") if job.id in job_ids else None for job in held.jobs]
    others = iter(
        parts.recruiting.job_handler.handle([job for job in held.jobs if job.id not in job_ids])
    )
    settle(parts, held, [outcome or next(others) for outcome in outcomes])


def take_confirmations(parts: Container) -> list[str]:
    """Settle the waiting mail jobs. Return the ids of the applications that they confirm."""
    leases = Leases(parts.notifications.lanes[0])
    held = leases.claim("mailer")
    leases.settle(held, [[Done()] * len(lane.jobs) for lane in held.lanes])
    prefix = "application-confirmation-"
    return [job.id.removeprefix(prefix) for job in held.jobs if job.id.startswith(prefix)]


def stored_documents(database: Database[Document]) -> dict[str, Document]:
    """Return all stored applications and aliases, by id."""
    return {document["_id"]: document for document in database["applications"].find()}


def copy_with(parts: Container, **replacements: Any) -> Container:
    """Return a container that shares its stores with another one, except for replacements."""
    shared = {
        "settings": parts.settings,
        "api_secrets": parts.api_secrets,
        "database": parts.database,
        "redis": parts.redis,
        "waker": parts.waker,
    }
    copy = Container("api")
    copy.override(**(shared | replacements))
    return copy


@contextmanager
def without_mongodb(parts: Container) -> Iterator[Container]:
    """Yield a container whose MongoDB cannot be reached."""
    client = connect_mongodb("mongodb://127.0.0.1:1/?directConnection=true", seconds=0.1)
    with client:
        yield copy_with(parts, database=client["hirelane"])
