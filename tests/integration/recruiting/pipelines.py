"""Postings with stages, and members who send commands, without HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.bootstrap.container import Container
from chalicelib.common import times
from chalicelib.notifications.job_handler import MailJobHandler
from chalicelib.notifications.sender import MailSender
from chalicelib.queue.worker import Leases
from chalicelib.recruiting.pipeline.applicants import Viewer
from chalicelib.recruiting.pipeline.jobs import CommandKind, CommandRequest, RejectionEmail
from tests.integration.recruiting.steps import publish

EMPLOYER = "01a2115b-1f2c-7e44-8d6f-0123456789ab"
RECRUITER = Viewer(EMPLOYER, "01a2115b-1f2c-7e44-8d6f-0123456789ac", only_team=False)
EMAIL = RejectionEmail("We chose somebody else.", 60)


def publish_for_employer(
    parts: Container, *, team: tuple[str, ...] = (), emails: bool = False
) -> str:
    """Publish a posting of the employer with three open stages. Return its id."""
    posting_id = publish(parts)
    stages = [
        ("new", "Received", "open"),
        ("review", "In review", "open"),
        ("interview", "Interviews", "open"),
        ("hired", "Hired", "hired"),
        ("rejected", "Not selected", "rejected"),
    ]
    parts.database["postings"].update_one(
        {"_id": posting_id},
        {
            "$set": {
                "employer_id": EMPLOYER,
                "team": list(team),
                "stages": [
                    {
                        "id": stage,
                        "name": stage.title(),
                        "candidate_words": words,
                        "kind": kind,
                        "emails": emails and kind == "open",
                    }
                    for stage, words, kind in stages
                ],
            }
        },
    )
    return posting_id


def send(
    parts: Container,
    application: str,
    kind: CommandKind,
    expected_stage: str,
    *,
    viewer: Viewer = RECRUITER,
    **more: Any,
) -> str:
    """Send a command. Return its id."""
    request = CommandRequest(kind, expected_stage, **more)
    service = parts.recruiting.pipeline.command_service
    return service.accept(viewer, application, request, "-").id


def find_status(parts: Container, application: str, command: str) -> tuple[str, str]:
    """Return the status and the reason of a command."""
    found = parts.recruiting.pipeline.command_service.find(RECRUITER, application, command)
    return found.status, found.reason


def stage_and_events(parts: Container, application: str) -> tuple[str, list[str]]:
    """Return the stage of an application, and the kinds of its events."""
    page = parts.recruiting.pipeline.rejection_service.events(RECRUITER, application)
    assert [event.n for event in page.events] == list(range(1, len(page.events) + 1))
    return page.stage, [event.kind for event in page.events]


def make_due(parts: Container) -> int:
    """Make all planned work due, and queue it. Return how many jobs were queued."""
    parts.database["due"].update_many({}, {"$set": {"at": times.now()}})
    return parts.recruiting.pipeline.sweep_due()


class RecordingSender(MailSender):
    """A sender that records the text parts of e-mails."""

    def __init__(self) -> None:
        super().__init__(lambda: None, "no-reply@hirelane.example")  # type: ignore[arg-type,return-value]
        self.sent: list[str] = []

    def send(self, message: bytes, recipient: str, tags: Mapping[str, str]) -> str:
        self.sent.append(message.decode())
        return "sent"


def send_emails(parts: Container) -> list[str]:
    """Send all queued e-mails. Return those about stages and rejections."""
    sender = RecordingSender()
    notifications = parts.notifications
    handler = MailJobHandler(
        notifications.ledger, sender, notifications.suppressions, notifications.composers
    )
    leases = Leases(notifications.lanes[0])
    while (held := leases.claim("mailer")).lanes:
        outcomes = iter(handler.handle(held.jobs))
        leases.settle(held, [[next(outcomes) for _ in lane.jobs] for lane in held.lanes])
    return [mail for mail in sender.sent if "We have your application" not in mail]
