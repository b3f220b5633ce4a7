"""Models of the requests and answers of the API for the pipeline."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from chalicelib.auth.fields import PlainText
from chalicelib.recruiting.postings.stages import StageId

CommandState = Literal["waiting", "done", "not_done", "failed"]
EmailState = Literal["planned", "sent", "cancelled"]
Message = Annotated[
    PlainText,
    msgspec.Meta(
        max_length=5000,
        description="Plain text, in which a blank line separates paragraphs. Blank for the text of "
        "the template",
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

    ``reason`` is for the employer's members only. The e-mail to the candidate can be cancelled
    until it is sent.
    """

    expected_stage: StageId
    reason: Annotated[PlainText, msgspec.Meta(max_length=200)] = ""
    send_email: bool = True
    message: Message = ""
    send_after_minutes: Annotated[int, msgspec.Meta(ge=0, le=7 * 24 * 60)] = 60


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
    )
