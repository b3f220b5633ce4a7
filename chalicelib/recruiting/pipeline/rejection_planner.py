"""RejectionPlanner: turns requests to reject into commands, with the settings of the employer.

Everything is decided when the command is accepted: the words of the reason, the text of the e-mail
with the candidate's name, and the delay. So a candidate gets what the member saw in the preview,
even if the settings change before the e-mail is sent.
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
            name: the name of the candidate.
        """
        email = self.email
        if email:
            message = fill_message(email.message, pipeline, name)
            email = msgspec.structs.replace(email, message=message)
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

    def plan(self, employer_id: str, request: RejectionRequest) -> RejectionPlan:
        """Return the plan for a request to reject.

        Raises:
            InvalidField: the employer has no such reason, or the message has an unknown
                placeholder.
            EmployerNotFound: the employer was deleted meanwhile.
        """
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
            email = RejectionEmail(self.find_message(employer_id, request.message), delay)
        return RejectionPlan(
            request.expected_stage,
            reason.id if reason else "",
            reason.words if reason else "",
            email,
        )

    def find_message(self, employer_id: str, message: str) -> str:
        """Return a message, or the message of the default template if it is blank.

        The result is empty if there is no default template. Hirelane's own text is sent then.

        Raises:
            InvalidField: the message has an unknown placeholder.
        """
        if not message.strip():
            return self._settings.get(employer_id).default_message
        check_placeholders("message", message)
        return message


def fill_message(message: str, pipeline: PostingPipeline, name: str) -> str:
    """Return a message as a candidate reads it."""
    values = {"name": name, "title": pipeline.title, "employer": pipeline.employer}
    return fill_placeholders(message, values)
