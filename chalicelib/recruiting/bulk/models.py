"""Models of the requests and answers of the API for bulk operations."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, NamedTuple

import msgspec

from chalicelib.common.ids import IdempotencyKey
from chalicelib.recruiting.employers.models import DelayMinutes
from chalicelib.recruiting.pipeline.models import (
    EmailPreview,
    EmailState,
    Message,
    ReasonReference,
)
from chalicelib.recruiting.postings.stages import StageId
from chalicelib.recruiting.review.models import ChosenAnswer, Flag

SearchWords = Annotated[str, msgspec.Meta(max_length=200)]
Id = Annotated[str, msgspec.Meta(max_length=36)]
Outcome = Literal["waiting", "done", "not_done", "failed"]


class Origin(NamedTuple):
    """The correlation id and the idempotency key of a request."""

    correlation_id: str
    idempotency: IdempotencyKey | None = None


class MoveAction(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="move", tag_field="kind"
):
    """Move applications to an open stage."""

    stage: StageId


class RejectAction(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="reject", tag_field="kind"
):
    """Reject applications, with the fields of a ``RejectionRequest``."""

    reason: ReasonReference = ""
    send_email: bool = True
    message: Message = ""
    send_after_minutes: DelayMinutes | None = None


Action = MoveAction | RejectAction


class SelectedApplication(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An application that the member selected, and the stage in which they saw it."""

    id: Id
    expected_stage: StageId


class SelectionQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All applications for the posting that are not withdrawn.

    ``stage`` selects those in one stage, ``q`` those whose names and cover letters have these
    words, and ``flag`` or ``answer`` those that a list filtered by them has. ``newest``, from a
    preview, leaves out the applications that are newer than this one.
    """

    stage: StageId | None = None
    newest: Id = ""
    q: SearchWords = ""
    flag: Flag | None = None
    answer: ChosenAnswer | None = None


class OperationDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A bulk operation to preview. It has either ``applications`` or ``query``."""

    posting_id: Id
    action: Action
    applications: (
        Annotated[list[SelectedApplication], msgspec.Meta(min_length=1, max_length=500)] | None
    ) = None
    query: SelectionQuery | None = None


class OperationRequest(OperationDraft, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A bulk operation to start. ``selection`` is from the preview that the member saw."""

    selection: Annotated[str, msgspec.Meta(max_length=64)]


class ExcludedApplication(msgspec.Struct, frozen=True):
    """A selected application that will not be changed, and why."""

    id: str
    name: str
    reason: str
    detail: str


class OperationPreview(msgspec.Struct, frozen=True):
    """What a bulk operation would do.

    ``total`` applications would be changed. ``excluded`` counts the others by reason, and
    ``examples`` shows up to 50 of them. The request that starts the operation repeats ``selection``
    and ``newest``. ``email`` is the e-mail to one of the candidates, or null. That of a rejection
    is sent ``send_after_minutes`` after it, that of a move at once.
    """

    total: int
    excluded: dict[str, int]
    examples: list[ExcludedApplication]
    selection: str
    newest: str
    email: EmailPreview | None
    send_after_minutes: int | None


class AcceptedOperation(msgspec.Struct, frozen=True):
    """The answer to an accepted operation, which changes ``total`` applications."""

    id: str
    total: int


class Operation(msgspec.Struct, frozen=True):
    """A bulk operation and its progress.

    ``waiting``, ``done``, ``failed`` and the numbers in ``not_done``, by reason, add up to
    ``total``. ``failed`` means that an operator must look at it. ``actor`` is the name of the
    member, or blank if the account was deleted.
    """

    id: str
    posting_id: str
    action: Action
    actor: str
    created_at: datetime
    finished_at: datetime | None
    total: int
    waiting: int
    done: int
    not_done: dict[str, int]
    failed: int
    emails_cancelled: bool


class OperationsQuery(msgspec.Struct, frozen=True):
    """The posting whose operations to list."""

    posting_id: Id
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20
    cursor: Id = ""


class OperationsPage(msgspec.Struct, frozen=True):
    """A page of operations, newest first. ``next`` is a cursor, or null."""

    operations: list[Operation]
    next: str | None


class ResultsQuery(msgspec.Struct, frozen=True):
    """Filters for the results of an operation. A blank ``outcome`` filters nothing."""

    outcome: Outcome | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50
    cursor: Annotated[
        str,
        msgspec.Meta(pattern=r"^[0-9]{0,9}$(?!\n)", description="The 'next' of an earlier page"),
    ] = ""


class OperationResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an operation did with an application.

    ``name`` is blank if the application was deleted. An application that is ``not_done`` has a
    ``reason`` for programs and a ``detail`` for people. ``email`` is the state of the e-mail of a
    rejection, if one was asked for.
    """

    id: str
    name: str
    outcome: Outcome
    reason: str = ""
    detail: str = ""
    email: EmailState | None = None


class ResultsPage(msgspec.Struct, frozen=True):
    """A page of results, in the order of the selection. ``next`` is a cursor, or null."""

    results: list[OperationResult]
    next: str | None


class CancelledEmails(msgspec.Struct, frozen=True):
    """How many e-mails were cancelled, now or earlier, and how many were sent before."""

    cancelled: int
    sent: int
