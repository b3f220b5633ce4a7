"""The confirmation of an application: its job, and the e-mail that is composed from it."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from chalicelib.notifications.models import Email, Recipient
from chalicelib.notifications.renderer import render
from chalicelib.queue import ClaimedJob
from chalicelib.recruiting.addresses import Addresses
from chalicelib.recruiting.applications.confirmation_email import (
    ApplicationConfirmation,
    ConfirmationComposer,
    confirmation_job,
)
from chalicelib.recruiting.pipeline.postings import PostingPipeline

ACCEPTED_AT = datetime(2026, 11, 24, 17, 5, 0, 123_000, tzinfo=UTC)
CONTENT = ApplicationConfirmation("a1", "Boat builder", "Yard & Sons", ACCEPTED_AT)
COMPOSER = ConfirmationComposer(Addresses("https://hirelane.example/"))
ADA = Recipient("ada@example.com", "Ada")


def test_stored_arguments_have_all_of_earlier_versions() -> None:
    posting = PostingPipeline("p1", "Boat builder", "Yard & Sons")
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
            "posting_id": "p1",
        },
        "to": {"email": "ada@example.com", "name": "Ada"},
    }


@pytest.mark.parametrize(
    ("posting_id", "slug", "url"),
    [
        ("p1", "yard", "https://hirelane.example/jobs/yard/p1"),
        ("p1", None, "https://hirelane.example/#/postings/p1"),
        # A job of an earlier version of the code.
        ("", None, ""),
    ],
)
def test_confirmation_links_to_the_posting(posting_id: str, slug: str | None, url: str) -> None:
    content = msgspec.structs.replace(CONTENT, posting_id=posting_id, employer_slug=slug)
    values = {
        "application_id": "a1",
        "title": "Boat builder",
        "employer": "Yard & Sons",
        "accepted_at": ACCEPTED_AT,
        "posting_url": url,
    }
    expected = Email(ADA, "application_confirmation", values)
    assert COMPOSER.compose(content, ADA) == expected
    message = render(expected, "no-reply@hirelane.example")
    for part in message.walk():
        if not part.is_multipart():
            assert ("jobs/yard/p1" in part.get_content()) == ("/jobs/" in url)


def test_confirmation_without_a_recipient_is_not_sent() -> None:
    assert COMPOSER.compose(CONTENT, None) is None
