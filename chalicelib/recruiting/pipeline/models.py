"""Models of the requests and answers of the API for the pipeline."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from chalicelib.auth.fields import PlainText
from chalicelib.recruiting.employers.models import DelayMinutes
from chalicelib.recruiting.postings.stages import StageId
from chalicelib.recruiting.rejections.models import MAX_MESSAGE_LENGTH

ReasonReference = Annotated[
    str, msgspec.Meta(pattern=r"^[a-z0-9-]{0,36}$(?!\n)", description="The id of a reason")
]
CommandState = Literal["waiting", "done", "not_done", "failed"]
EmailState = Literal["planned", "sent", "cancelled"]
Message = Annotated[
    PlainText,
    msgspec.Meta(
        max_length=MAX_MESSAGE_LENGTH,
        description="Plain text, in which a blank line separates paragraphs. {name} is replaced by "
        "the name of the candidate, {title} by that of the posting, {employer} by that of the "
        "employer. Blank for the default template",
    ),
]


class MoveRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request to move an application.

    ``expected_stage`` is the stage in which the member saw the application. If it is in another one
    when the command is carried out, nothing happens.
    """

    expected_stage: StageId
    stage: StageId


class RejectionRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request to reject an application.

    ``reason`` is the id of one of the employer's reasons, which the candidate never sees. The
    e-mail to the candidate can be cancelled until it is sent. Without ``send_after_minutes`` it is
    sent after the delay of the employer.
    """

    expected_stage: StageId
    reason: ReasonReference = ""
    send_email: bool = True
    message: Message = ""
    send_after_minutes: DelayMinutes | None = None


class DecisionRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request to hire the candidate of an application, or to reinstate the application."""

    expected_stage: StageId


class PreviewRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request for the e-mail of a rejection as it would be sent."""

    message: Message = ""


class EmailPreview(msgspec.Struct, frozen=True):
    """An e-mail as it would be sent."""

    subject: str
    text: str
    html: str


class AcceptedCommand(msgspec.Struct, frozen=True):
    """The answer to an accepted command. ``id`` is the command."""

    id: str
    application_id: str
    status: CommandState = "waiting"


class CommandStatus(msgspec.Struct, frozen=True, omit_defaults=True):
    """The status of a command.

    A command that is ``not_done`` has a ``reason`` for programs and a ``detail`` for people.
    ``stage`` is the stage of the application when the command was carried out or refused.
    ``failed`` means that an operator must look at it.
    """

    id: str
    application_id: str
    status: CommandState
    reason: str = ""
    detail: str = ""
    stage: str = ""
    at: datetime | None = None


class EventEmail(msgspec.Struct, frozen=True, omit_defaults=True):
    """The e-mail to the candidate that follows from an event."""

    status: EmailState
    message: str = ""
    send_at: datetime | None = None


class PipelineEvent(msgspec.Struct, frozen=True, omit_defaults=True, rename={"origin": "from"}):
    """An event of an application. ``n`` counts from 1 without gaps.

    ``actor`` is the account of a member, or ``candidate``. ``words`` are what the candidate sees.
    ``reason`` has the words of a reason as they were then, or the free text of an earlier version;
    ``reason_id`` is its id. ``interviewer`` is the account whose assignment began or ended.
    ``amended`` has the number of the ``revision``, and what ``changed``.
    """

    n: int
    kind: str
    actor: str
    at: datetime
    origin: str = ""
    to: str = ""
    words: str = ""
    reason: str = ""
    email: EventEmail | None = None
    reason_id: str = ""
    interviewer: str = ""
    revision: int = 0
    changed: list[str] = []


class EventsPage(msgspec.Struct, frozen=True):
    """The events of an application, oldest first, and its present stage."""

    stage: str
    events: list[PipelineEvent]


def to_event(stored: dict[str, Any], email: EventEmail | None) -> PipelineEvent:
    """Return a stored event as the API shows it."""
    data = stored["data"]
    return PipelineEvent(
        stored["n"],
        stored["kind"],
        stored["actor"],
        stored["at"],
        data.get("from", ""),
        data.get("to", ""),
        data.get("words", ""),
        data.get("reason", ""),
        email,
        data.get("reason_id", ""),
        data.get("interviewer", ""),
        data.get("revision", 0),
        data.get("changed", []),
    )
