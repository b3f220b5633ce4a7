"""The e-mail that confirms a stored application."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from chalicelib.notifications.models import Email
from chalicelib.notifications.outbox import mail_job
from chalicelib.recruiting.applications.jobs import confirmation_id

if TYPE_CHECKING:
    from chalicelib.notifications.models import Recipient
    from chalicelib.queue import ClaimedJob, NewJob
    from chalicelib.recruiting.addresses import Addresses
    from chalicelib.recruiting.pipeline.postings import PostingPipeline


class ApplicationConfirmation(
    msgspec.Struct, frozen=True, tag="application_confirmation", omit_defaults=True
):
    """The content of a confirmation, as it is stored in the mail job.

    Jobs of earlier versions of the code do not name the posting.
    """

    application_id: str
    title: str
    employer: str
    accepted_at: datetime
    posting_id: str = ""
    employer_slug: str | None = None


class ConfirmationComposer:
    """Composes confirmations.

    Args:
        addresses: the addresses of postings.
    """

    content_type = ApplicationConfirmation

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses

    def compose(
        self, content: ApplicationConfirmation, recipient: Recipient | None, /
    ) -> Email | None:
        """Return the confirmation, or None if the job names no recipient."""
        if recipient is None:
            return None
        values: dict[str, object] = {
            "application_id": content.application_id,
            "title": content.title,
            "employer": content.employer,
            "accepted_at": content.accepted_at,
            "posting_url": "",
        }
        if content.posting_id:
            address = self._addresses.shared(content.posting_id, content.employer_slug)
            values["posting_url"] = address
        return Email(recipient, "application_confirmation", values)


def confirmation_job(job: ClaimedJob, posting: PostingPipeline, recipient: Recipient) -> NewJob:
    """Return the mail job that confirms an application.

    Args:
        job: the job that stored the application.
        posting: the posting of the application.
        recipient: the candidate.
    """
    content = ApplicationConfirmation(
        job.id,
        posting.title,
        posting.employer,
        job.accepted_at,
        posting_id=posting.id,
        employer_slug=posting.employer_slug,
    )
    return mail_job(
        confirmation_id(job.id),
        content,
        recipient=recipient,
        description="send the confirmation of an application",
        correlation_id=job.correlation_id,
    )
