"""E-mails about the stages of an application.

The jobs hold ids only. The mail worker reads the rest when it sends, and sends nothing if the
candidate withdrew, or if the application has changed its stage again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from chalicelib.notifications.models import Email, Recipient
from chalicelib.notifications.outbox import mail_job
from chalicelib.recruiting.applications.events import stage_event_of
from chalicelib.recruiting.pipeline.jobs import RejectionEmail

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.auth.accounts.repository import AccountRepository
    from chalicelib.queue import NewJob
    from chalicelib.recruiting.applications.repository import ApplicationRepository
    from chalicelib.recruiting.pipeline.postings import PostingPipeline, PostingPipelineRepository

# The kind of the due items of rejections.
REJECTION = "rejection_email"
_BLANK_LINE = re.compile(r"\n\s*\n")


class StageEmail(msgspec.Struct, frozen=True, tag="application_stage"):
    """An e-mail that says which stage an application entered, by its ``n``-th event."""

    application_id: str
    n: int


class RejectionNotice(msgspec.Struct, frozen=True, tag="application_rejection"):
    """An e-mail that says that an application was rejected, by its ``n``-th event."""

    application_id: str
    n: int


def stage_email_id(application_id: str, n: int) -> str:
    """Return the id of the e-mail about a stage: in the ledger and the queue."""
    return f"stage-email-{application_id}-{n}"


def stage_email_job(application_id: str, n: int, correlation_id: str) -> NewJob:
    """Return the mail job for a stage that an application entered by its ``n``-th event."""
    return mail_job(
        stage_email_id(application_id, n),
        StageEmail(application_id, n),
        description="send the stage of an application",
        correlation_id=correlation_id,
    )


def rejection_email_id(application_id: str, n: int) -> str:
    """Return the id of the e-mail of a rejection: in the ledger, the queue and the due items."""
    return f"rejection-email-{application_id}-{n}"


class _Subject(NamedTuple):
    """What an e-mail is about."""

    recipient: Recipient
    pipeline: PostingPipeline
    event: dict[str, Any]


class _SubjectReader:
    """Reads what an e-mail is about.

    Args:
        applications: the applications.
        accounts: the accounts of the candidates.
        pipelines: the postings.
    """

    def __init__(
        self,
        applications: ApplicationRepository,
        accounts: AccountRepository,
        pipelines: PostingPipelineRepository,
    ) -> None:
        self._applications = applications
        self._accounts = accounts
        self._pipelines = pipelines

    def read(self, content: StageEmail | RejectionNotice) -> _Subject | None:
        """Return what an e-mail is about, or None if nobody is to get it any more."""
        stored = self._applications.find_many_for_change([content.application_id])
        application = stored.get(content.application_id)
        if application is None or "withdrawn_at" in application:
            return None
        event = stage_event_of(application)
        if event is None or event["n"] != content.n:
            return None
        candidate, posting = application["candidate_id"], application["posting_id"]
        recipient = self._accounts.find_recipients([candidate]).get(candidate)
        pipeline = self._pipelines.find_many([posting]).get(posting)
        if recipient is None or pipeline is None:
            return None
        return _Subject(recipient, pipeline, event)


class StageEmailComposer(_SubjectReader):
    """Composes e-mails about stages, in the mail worker."""

    content_type = StageEmail

    def compose(self, content: StageEmail, recipient: Recipient | None, /) -> Email | None:
        """Return the e-mail, or None if the application is in another stage."""
        subject = self.read(content)
        if subject is None:
            return None
        return stage_email(subject.recipient, subject.pipeline, subject.event["data"]["words"])


class RejectionComposer(_SubjectReader):
    """Composes the e-mails of rejections, in the mail worker.

    Args:
        applications: the applications.
        accounts: the accounts of the candidates.
        pipelines: the postings.
        is_cancelled: tells whether the e-mail of a rejection was cancelled together with others;
            gets the posting, the id of the application, and the id of the command.
    """

    content_type = RejectionNotice

    def __init__(
        self,
        applications: ApplicationRepository,
        accounts: AccountRepository,
        pipelines: PostingPipelineRepository,
        is_cancelled: Callable[[PostingPipeline, str, str], bool],
    ) -> None:
        super().__init__(applications, accounts, pipelines)
        self._is_cancelled = is_cancelled

    def compose(self, content: RejectionNotice, recipient: Recipient | None, /) -> Email | None:
        """Return the e-mail, or None if it was cancelled or the application is not rejected."""
        subject = self.read(content)
        if subject is None:
            return None
        command = subject.event.get("command", "")
        if self._is_cancelled(subject.pipeline, content.application_id, command):
            return None
        stored = msgspec.convert(subject.event["data"].get("email", {}), RejectionEmail)
        return rejection_email(subject.recipient, stored.complete(subject.pipeline))


def stage_email(recipient: Recipient, pipeline: PostingPipeline, words: str) -> Email:
    """Return the e-mail that says which stage an application entered, sent or previewed.

    Args:
        recipient: the candidate.
        pipeline: the posting.
        words: what the candidate reads about the stage.
    """
    values = {"title": pipeline.title, "employer": pipeline.employer, "words": words}
    return Email(recipient, "application_stage", values)


def rejection_email(recipient: Recipient, email: RejectionEmail) -> Email:
    """Return the e-mail of a rejection, sent or previewed.

    Args:
        recipient: the candidate.
        email: the e-mail. In its message, a blank line separates paragraphs; if the message is
            blank, the template has its own text.
    """
    paragraphs = [text.strip() for text in _BLANK_LINE.split(email.message) if text.strip()]
    values = {
        "title": email.title,
        "employer": email.employer,
        "paragraphs": paragraphs,
    }
    return Email(recipient, "application_rejection", values)
