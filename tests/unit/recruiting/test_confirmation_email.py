"""The confirmation of an application: its job, and the e-mail that is composed from it."""

from __future__ import annotations

from datetime import UTC, datetime

from chalicelib.notifications.models import Email, Recipient
from chalicelib.queue import ClaimedJob
from chalicelib.recruiting.applications.confirmation_email import (
    ApplicationConfirmation,
    ConfirmationComposer,
    confirmation_job,
)
from chalicelib.recruiting.postings.models import Posting

ACCEPTED_AT = datetime(2026, 11, 24, 17, 5, 0, 123_000, tzinfo=UTC)
CONTENT = ApplicationConfirmation("a1", "Boat builder", "Yard & Sons", ACCEPTED_AT)
ADA = Recipient("ada@example.com", "Ada")


def test_stored_arguments_are_those_of_earlier_versions() -> None:
    posting = Posting("p1", "Boat builder", "Yard & Sons", "Bergen", "Build.", ACCEPTED_AT)
    job = ClaimedJob("a1", "applications:ada", b"", created_at=b"2026-11-24T17:05:00.123456Z")
    mail = confirmation_job(job, posting, ADA)
    assert (mail.id, mail.function) == (
        "application-confirmation-a1",
        "chalicelib.jobs.send_mail",
    )
    assert mail.kwargs == {
        "id": "application-confirmation-a1",
        "words": {
            "type": "application_confirmation",
            "application_id": "a1",
            "title": "Boat builder",
            "employer": "Yard & Sons",
            "accepted_at": "2026-11-24T17:05:00.123000Z",
        },
        "to": {"email": "ada@example.com", "name": "Ada"},
    }


def test_confirmation_goes_to_the_recipient_of_the_job() -> None:
    values = {
        "application_id": "a1",
        "title": "Boat builder",
        "employer": "Yard & Sons",
        "accepted_at": ACCEPTED_AT,
    }
    expected = Email(ADA, "application_confirmation", values)
    assert ConfirmationComposer().compose(CONTENT, ADA) == expected


def test_confirmation_without_a_recipient_is_not_sent() -> None:
    assert ConfirmationComposer().compose(CONTENT, None) is None
