"""The e-mail to the candidate of an erased application.

Its job holds ids only, and none of the application. The mail worker reads the rest when it sends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chalicelib.notifications.models import Email
from chalicelib.notifications.outbox import mail_job
from chalicelib.recruiting.erasure.jobs import Requester

if TYPE_CHECKING:
    from chalicelib.auth.accounts.repository import AccountRepository
    from chalicelib.notifications.models import Recipient
    from chalicelib.queue import ClaimedJob, NewJob
    from chalicelib.recruiting.erasure.jobs import Erasure
    from chalicelib.recruiting.pipeline.postings import PostingPipelineRepository


class ErasureNotice(msgspec.Struct, frozen=True, tag="application_erasure"):
    """An e-mail that says that an application was erased, and who asked for it."""

    candidate_id: str
    posting_id: str
    requested_by: Requester


def erasure_email_job(job: ClaimedJob, erasure: Erasure) -> NewJob:
    """Return the mail job of an erasure.

    Args:
        job: the job that erased the application.
        erasure: its arguments.
    """
    return mail_job(
        f"erasure-email-{erasure.application_id}",
        ErasureNotice(erasure.candidate_id, erasure.posting_id, erasure.requested_by),
        description="send the erasure of an application",
        correlation_id=job.correlation_id,
    )


class ErasureComposer:
    """Composes e-mails about erasures, in the mail worker.

    Args:
        accounts: the accounts of the candidates.
        pipelines: the postings.
    """

    content_type = ErasureNotice

    def __init__(self, accounts: AccountRepository, pipelines: PostingPipelineRepository) -> None:
        self._accounts = accounts
        self._pipelines = pipelines

    def compose(self, content: ErasureNotice, recipient: Recipient | None, /) -> Email | None:
        """Return the e-mail, or None if the account or the posting was deleted."""
        candidate, posting = content.candidate_id, content.posting_id
        found = self._accounts.find_recipients([candidate]).get(candidate)
        pipeline = self._pipelines.find_many([posting]).get(posting)
        if found is None or pipeline is None:
            return None
        values = {
            "title": pipeline.title,
            "employer": pipeline.employer,
            "requested_by": content.requested_by.value,
        }
        return Email(found, "application_erasure", values)
