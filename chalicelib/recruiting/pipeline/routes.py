"""Routes of members: decide on applications, and read what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.common.errors import TooManyRequests
from chalicelib.common.observability import count
from chalicelib.http.requests import correlation_id
from chalicelib.http.routing import Blueprint
from chalicelib.recruiting.applications.errors import IdempotencyKeyReused
from chalicelib.recruiting.pipeline.applicants import viewer_of
from chalicelib.recruiting.pipeline.errors import (
    ApplicantNotFound,
    CommandNotFound,
    NoEmailToCancel,
)
from chalicelib.recruiting.pipeline.models import (
    AcceptedCommand,
    CommandStatus,
    DecisionRequest,
    EmailPreview,
    EventsPage,
    MoveRequest,
    PreviewRequest,
    RejectionRequest,
)
from chalicelib.recruiting.pipeline.policies import (
    APPLICANT_READERS,
    APPLICATION,
    DECIDERS,
    HIRE_PROPOSERS,
    HIRERS,
    REVIEWERS,
)

if TYPE_CHECKING:
    from chalice.app import Request

    from chalicelib.common.ids import IdempotencyKey
    from chalicelib.recruiting.employers.models import Member
    from chalicelib.recruiting.pipeline.applicants import Applicant
    from chalicelib.recruiting.pipeline.command_service import Plan
    from chalicelib.recruiting.pipeline.jobs import CommandRequest
    from chalicelib.recruiting.pipeline.services import PipelineServices

blueprint = Blueprint(__name__)
_COMMAND_ERRORS = (ApplicantNotFound, IdempotencyKeyReused, TooManyRequests)


@blueprint.post(
    f"{APPLICATION}/move",
    policy=DECIDERS,
    body=MoveRequest,
    response={202: AcceptedCommand},
    errors=_COMMAND_ERRORS,
    idempotent=True,
)
def move_application(
    employer_id: str,
    application_id: str,
    body: MoveRequest,
    caller: Member,
    request: Request,
    idempotency_key: IdempotencyKey | None,
    services: PipelineServices,
) -> AcceptedCommand:
    """Accept a command to move an application to another open stage."""
    command = _command("move", body.expected_stage, body.stage)
    return _accept(application_id, command, caller, request, idempotency_key, services)


@blueprint.post(
    f"{APPLICATION}/rejection",
    policy=DECIDERS,
    body=RejectionRequest,
    response={202: AcceptedCommand},
    errors=_COMMAND_ERRORS,
    idempotent=True,
)
def reject_application(
    employer_id: str,
    application_id: str,
    body: RejectionRequest,
    caller: Member,
    request: Request,
    idempotency_key: IdempotencyKey | None,
    services: PipelineServices,
) -> AcceptedCommand:
    """Accept a command to reject an application. The e-mail follows after a delay."""

    def plan(applicant: Applicant) -> CommandRequest:
        return services.rejection_service.plan(applicant, body)

    return _accept(application_id, plan, caller, request, idempotency_key, services)


@blueprint.post(
    f"{APPLICATION}/reinstatement",
    policy=DECIDERS,
    body=DecisionRequest,
    response={202: AcceptedCommand},
    errors=_COMMAND_ERRORS,
    idempotent=True,
)
def reinstate_application(
    employer_id: str,
    application_id: str,
    body: DecisionRequest,
    caller: Member,
    request: Request,
    idempotency_key: IdempotencyKey | None,
    services: PipelineServices,
) -> AcceptedCommand:
    """Accept a command to take back a rejection or a hire. An e-mail that waits is not sent."""
    command = _command("reinstate", body.expected_stage)
    return _accept(application_id, command, caller, request, idempotency_key, services)


@blueprint.post(
    f"{APPLICATION}/hire",
    policy=HIRERS,
    body=DecisionRequest,
    response={202: AcceptedCommand},
    errors=_COMMAND_ERRORS,
    idempotent=True,
)
def hire_applicant(
    employer_id: str,
    application_id: str,
    body: DecisionRequest,
    caller: Member,
    request: Request,
    idempotency_key: IdempotencyKey | None,
    services: PipelineServices,
) -> AcceptedCommand:
    """Accept a command to note that the candidate was hired."""
    command = _command("hire", body.expected_stage)
    return _accept(application_id, command, caller, request, idempotency_key, services)


@blueprint.post(
    f"{APPLICATION}/hire-proposal",
    policy=HIRE_PROPOSERS,
    body=DecisionRequest,
    response={202: AcceptedCommand},
    errors=_COMMAND_ERRORS,
    idempotent=True,
)
def propose_hire(
    employer_id: str,
    application_id: str,
    body: DecisionRequest,
    caller: Member,
    request: Request,
    idempotency_key: IdempotencyKey | None,
    services: PipelineServices,
) -> AcceptedCommand:
    """Accept a proposal to hire the candidate, which other members read in the events."""
    command = _command("propose_hire", body.expected_stage)
    return _accept(application_id, command, caller, request, idempotency_key, services)


def _accept(
    application_id: str,
    plan: CommandRequest | Plan,
    caller: Member,
    request: Request,
    idempotency_key: IdempotencyKey | None,
    services: PipelineServices,
) -> AcceptedCommand:
    accepted = services.command_service.accept(
        viewer_of(caller), application_id, plan, correlation_id(request), idempotency_key
    )
    count("command_accepted")
    return accepted


@blueprint.get(
    f"{APPLICATION}/commands/{{command_id}}",
    policy=APPLICANT_READERS,
    response={200: CommandStatus},
    errors=(ApplicantNotFound, CommandNotFound),
)
def get_command(
    employer_id: str,
    application_id: str,
    command_id: str,
    caller: Member,
    services: PipelineServices,
) -> CommandStatus:
    """Return the status of a command: waiting, done, or not done with the reason."""
    return services.command_service.find(viewer_of(caller), application_id, command_id)


@blueprint.get(
    f"{APPLICATION}/events",
    policy=REVIEWERS,
    response={200: EventsPage},
    errors=(ApplicantNotFound,),
    conditional=True,
)
def list_events(
    employer_id: str, application_id: str, caller: Member, services: PipelineServices
) -> EventsPage:
    """List the events of an application, oldest first, without gaps."""
    return services.rejection_service.events(viewer_of(caller), application_id)


@blueprint.post(
    f"{APPLICATION}/rejection/preview",
    policy=DECIDERS,
    body=PreviewRequest,
    response={200: EmailPreview},
    errors=(ApplicantNotFound,),
)
def preview_rejection(
    employer_id: str,
    application_id: str,
    body: PreviewRequest,
    caller: Member,
    services: PipelineServices,
) -> EmailPreview:
    """Return the e-mail of a rejection with this message, as the candidate would get it."""
    return services.rejection_service.preview(viewer_of(caller), application_id, body.message)


@blueprint.delete(
    f"{APPLICATION}/rejection/email",
    policy=APPLICANT_READERS,
    response={204: None},
    errors=(ApplicantNotFound, NoEmailToCancel),
)
def cancel_rejection_email(
    employer_id: str, application_id: str, caller: Member, services: PipelineServices
) -> None:
    """Cancel the e-mail of a rejection. The application stays rejected."""
    services.rejection_service.cancel(viewer_of(caller), application_id)


def _command(kind: str, expected_stage: str, stage: str = "") -> CommandRequest:
    # Imported here, because most requests send no command.
    from chalicelib.recruiting.pipeline.jobs import CommandKind, CommandRequest

    return CommandRequest(CommandKind(kind), expected_stage, stage)
