"""RejectionPlanner: turns requests to reject into commands, with the settings of the employer.

Everything is decided when the rejection is accepted: the words of the reason, the text of the
e-mail, the title and the employer that it shows, and the delay. So a candidate gets what the member
saw in the preview, even if the settings or the posting change before the e-mail is sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chalicelib.common.errors import InvalidField
from chalicelib.recruiting.pipeline.jobs import CommandKind, CommandRequest, RejectionEmail
from chalicelib.recruiting.rejections.placeholders import check_placeholders, fill_placeholders

if TYPE_CHECKING:
    from chalicelib.recruiting.employers.repository import EmployerRepository
    from chalicelib.recruiting.pipeline.models import RejectionRequest
    from chalicelib.recruiting.pipeline.postings import PostingPipeline
    from chalicelib.recruiting.rejections.repository import RejectionSettingsRepository


class RejectionPlan(msgspec.Struct, frozen=True):
    """A rejection that may be made for many candidates.

    Args:
        expected_stage: the stage in which the member saw the application.
        reason_id: the id of the reason; empty for none.
        reason: the words of the reason.
        email: the e-mail, whose message may have placeholders; None for none.
    """

    expected_stage: str
    reason_id: str = ""
    reason: str = ""
    email: RejectionEmail | None = None

    def command(self, pipeline: PostingPipeline, name: str) -> CommandRequest:
        """Return the command to reject one candidate.

        Args:
            pipeline: the posting of the application.
            name: the name of the candidate, which the e-mail may contain.
        """
        # The plan of an operation that an earlier version accepted has no title.
        email = fill_email(self.email.complete(pipeline), name) if self.email else None
        return CommandRequest(
            CommandKind.REJECT,
            self.expected_stage,
            reason=self.reason,
            reason_id=self.reason_id,
            email=email,
        )


class RejectionPlanner:
    """Plans rejections.

    Args:
        settings: the reasons and the templates of employers.
        employers: the employers, which have the default delay.
    """

    def __init__(
        self, settings: RejectionSettingsRepository, employers: EmployerRepository
    ) -> None:
        self._settings = settings
        self._employers = employers

    def plan(self, pipeline: PostingPipeline, request: RejectionRequest) -> RejectionPlan:
        """Return the plan for a request to reject applications for a posting.

        Raises:
            InvalidField: the employer has no such reason, or the message has an unknown
                placeholder.
            EmployerNotFound: the employer was deleted meanwhile.
        """
        employer_id = pipeline.employer_id or ""
        reason = None
        if request.reason:
            reason = self._settings.get(employer_id).find_reason(request.reason)
            if reason is None:
                raise InvalidField("reason", "The employer has no reason with this id")
        email = None
        if request.send_email:
            delay = request.send_after_minutes
            if delay is None:
                delay = self._employers.get_rejection_delay(employer_id)
            email = self.plan_email(pipeline, request.message, delay)
        return RejectionPlan(
            request.expected_stage,
            reason.id if reason else "",
            reason.words if reason else "",
            email,
        )

    def plan_email(
        self, pipeline: PostingPipeline, message: str, delay_minutes: int = 0
    ) -> RejectionEmail:
        """Return the e-mail with a message, or with that of the default template if it is blank.

        Without a default template, the message is empty. Hirelane's own text is sent then.

        Raises:
            InvalidField: the message has an unknown placeholder.
        """
        if message.strip():
            check_placeholders("message", message)
        else:
            message = self._settings.get(pipeline.employer_id or "").default_message
        return RejectionEmail(message, delay_minutes, pipeline.title, pipeline.employer)


def fill_email(email: RejectionEmail, name: str) -> RejectionEmail:
    """Return an e-mail with the values of its placeholders, as a candidate reads it."""
    values = {"name": name, "title": email.title, "employer": email.employer}
    return msgspec.structs.replace(email, message=fill_placeholders(email.message, values))
