"""EmailPreviewer: shows members the e-mails that candidates would get."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.notifications.models import Recipient
from chalicelib.recruiting.pipeline.emails import rejection_email, stage_email
from chalicelib.recruiting.pipeline.models import EmailPreview
from chalicelib.recruiting.pipeline.rejection_planner import fill_email

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import EmailMessage

    from chalicelib.auth.accounts.repository import AccountRepository
    from chalicelib.notifications.models import Email
    from chalicelib.recruiting.pipeline.jobs import RejectionEmail
    from chalicelib.recruiting.pipeline.postings import PostingPipeline
    from chalicelib.recruiting.postings.stages import Stage


class EmailPreviewer:
    """Renders e-mails to candidates without sending them.

    Args:
        accounts: the accounts of the candidates.
        render: renders an e-mail as the mail worker does.
    """

    def __init__(
        self, accounts: AccountRepository, render: Callable[[Email], EmailMessage]
    ) -> None:
        self._accounts = accounts
        self._render = render

    def rejection(self, email: RejectionEmail, candidate_id: str) -> EmailPreview:
        """Return the e-mail of a rejection."""
        recipient = self._recipient(candidate_id)
        return self._show(rejection_email(recipient, fill_email(email, recipient.name)))

    def stage(self, pipeline: PostingPipeline, stage: Stage, candidate_id: str) -> EmailPreview:
        """Return the e-mail that says that an application entered a stage."""
        return self._show(
            stage_email(self._recipient(candidate_id), pipeline, stage.candidate_words)
        )

    def _recipient(self, candidate_id: str) -> Recipient:
        found = self._accounts.find_recipients([candidate_id]).get(candidate_id)
        # A preview shows the name only, because not every member may see the address.
        return Recipient("candidate@example.com", found.name if found else "")

    def _show(self, email: Email) -> EmailPreview:
        mail = self._render(email)
        text, html = (part.get_content() for part in mail.iter_parts())
        return EmailPreview(str(mail["Subject"]), text, html)
