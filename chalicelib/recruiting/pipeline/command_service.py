"""Accepts employers' commands into the lanes of candidates, and reports what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.auth.errors import Forbidden
from chalicelib.common.errors import InvalidField, TooManyRequests
from chalicelib.common.ids import IdempotencyKey, is_id, new_id
from chalicelib.queue import AcceptRequest, LaneFull, NewJob, Sender
from chalicelib.recruiting.applications.events import events_of
from chalicelib.recruiting.pipeline.errors import ApplicantNotFound, CommandNotFound
from chalicelib.recruiting.pipeline.jobs import (
    FUNCTIONS,
    Command,
    CommandKind,
    CommandRequest,
    command_id_of,
    command_job_id,
)
from chalicelib.recruiting.pipeline.models import AcceptedCommand, CommandStatus
from chalicelib.recruiting.pipeline.rules import Refusal
from chalicelib.recruiting.postings.stages import StageKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.queue import Rate, Shards
    from chalicelib.recruiting.applications.job_queue import ApplicationJobQueue
    from chalicelib.recruiting.pipeline.applicants import Applicant, ApplicantFinder, Viewer
    from chalicelib.recruiting.pipeline.refusals import RefusalRepository

    Plan = Callable[[Applicant], CommandRequest]

REFUSAL_DETAILS = {
    Refusal.WITHDRAWN: "The candidate had withdrawn the application.",
    Refusal.STAGE_CHANGED: "The application was in another stage.",
    Refusal.UNKNOWN_STAGE: "The posting has no open stage with this id.",
    Refusal.SAME_STAGE: "The application was in this stage already.",
    Refusal.ALREADY_DECIDED: "The application was rejected or hired. Reinstate it first.",
    Refusal.NOT_DECIDED: "The application was neither rejected nor hired.",
    Refusal.TOO_MANY_CHANGES: "The application was changed too often.",
    Refusal.APPLICATION_DELETED: "The application does not exist any more.",
    Refusal.ACCOUNT_DELETED: "The candidate had deleted their account.",
}


class CommandService:
    """Accepts commands, and reports their status.

    Args:
        applicants: finds the applications that a member may see.
        job_queue: accepts the commands.
        lanes: the lanes of applications.
        refusals: the commands that were refused.
        rate: how many commands one account may send. They are counted where they are accepted, so
            that this costs no round trip.
    """

    def __init__(
        self,
        applicants: ApplicantFinder,
        job_queue: ApplicationJobQueue,
        lanes: Shards,
        refusals: RefusalRepository,
        rate: Rate,
    ) -> None:
        self._applicants = applicants
        self._job_queue = job_queue
        self._lanes = lanes
        self._refusals = refusals
        self._rate = rate

    def accept(
        self,
        viewer: Viewer,
        application_id: str,
        plan: CommandRequest | Plan,
        correlation_id: str,
        idempotency: IdempotencyKey | None = None,
    ) -> AcceptedCommand:
        """Accept a command into the lane of the candidate.

        A repeated idempotency key gets the answer of the first call, also if the command would not
        be valid any more.

        Args:
            viewer: the member who sent it.
            application_id: the application.
            plan: the command, or a function that returns it for the application.
            correlation_id: the correlation id of the request.
            idempotency: the idempotency key of the request, if it has one.

        Raises:
            ApplicantNotFound: the employer has no such application that the member may see.
            Forbidden: the command takes back a hire, and the member may not hire.
            InvalidField: the plan raised it.
            IdempotencyKeyReused, TooManyRequests: the command was not accepted.
            pymongo.errors.PyMongoError: MongoDB is down.
            redis.exceptions.RedisError: it may or may not be accepted; repeat the call.
        """
        applicant = self._applicants.find(viewer, application_id)
        if idempotency:
            # The keys of a lane are those of the candidate and of all members.
            idempotency = msgspec.structs.replace(
                idempotency, key=f"{viewer.account_id} {idempotency.key}"
            )
        try:
            request = plan if isinstance(plan, CommandRequest) else plan(applicant)
            _check_hire(viewer, applicant, request)
        except (InvalidField, Forbidden):
            candidate_id = applicant.document["candidate_id"]
            earlier = idempotency and self._job_queue.find_answer(candidate_id, idempotency)
            if not earlier:
                raise
            return AcceptedCommand(command_id_of(earlier.job_id), application_id)
        command = new_command(viewer, applicant.document, request)
        accept = msgspec.structs.replace(
            accept_request(request.kind, command, correlation_id),
            sender=Sender(viewer.account_id, self._rate),
        )
        try:
            accepted = self._job_queue.accept(accept, idempotency)
        except TooManyRequests as error:
            if not isinstance(error.__cause__, LaneFull):
                raise
            raise TooManyRequests(
                "Earlier changes of the candidate's applications are not done yet.",
                error.retry_after,
            ) from error
        return AcceptedCommand(command_id_of(accepted.job_id), application_id)

    def find(self, viewer: Viewer, application_id: str, command_id: str) -> CommandStatus:
        """Return the status of a command.

        The lane is read before the events: a command that is carried out in between is found in the
        events.

        Raises:
            ApplicantNotFound: the employer has no such application that the member may see.
            CommandNotFound: the application has no such command.
        """
        if not is_id(command_id):
            raise CommandNotFound
        try:
            document = self._applicants.find(viewer, application_id).document
        except ApplicantNotFound:
            refused = self._find_refusal(viewer, application_id, command_id)
            if refused is None:
                raise
            return refused
        lanes = self._lanes.of(document["candidate_id"])
        [state] = lanes.find_many([command_job_id(command_id)])
        document = self._applicants.find(viewer, application_id).document
        for event in events_of(document):
            if event.get("command") == command_id:
                return CommandStatus(
                    command_id, application_id, "done", stage=event["data"]["to"], at=event["at"]
                )
        refused = self._find_refusal(viewer, application_id, command_id)
        if refused:
            return refused
        if state is None or state.job.kwargs().get("application_id") != application_id:
            raise CommandNotFound
        return CommandStatus(command_id, application_id, "failed" if state.dead else "waiting")

    def _find_refusal(
        self, viewer: Viewer, application_id: str, command_id: str
    ) -> CommandStatus | None:
        refusal = self._refusals.find(viewer.employer_id, application_id, command_id)
        if refusal is None:
            return None
        if not self._applicants.find_postings(viewer, [refusal["posting_id"]]):
            raise ApplicantNotFound
        reason = Refusal(refusal["reason"])
        return CommandStatus(
            command_id,
            application_id,
            "not_done",
            reason.value,
            REFUSAL_DETAILS[reason],
            refusal["stage"],
            refusal["at"],
        )


def _check_hire(viewer: Viewer, applicant: Applicant, request: CommandRequest) -> None:
    takes_back_hire = (
        request.kind is CommandKind.REINSTATE
        and applicant.pipeline.kind_of(request.expected_stage) is StageKind.HIRED
    )
    if takes_back_hire and not viewer.may_hire:
        raise Forbidden("Owners and recruiters take back a hire.")


def new_command(viewer: Viewer, document: dict[str, Any], request: CommandRequest) -> Command:
    """Return a new command of a member for an application."""
    return Command(
        new_id(),
        viewer.employer_id,
        viewer.account_id,
        document["candidate_id"],
        document["posting_id"],
        document["_id"],
        request.expected_stage,
        request.stage,
        request.reason,
        request.email,
        request.reason_id,
    )


def accept_request(kind: CommandKind, command: Command, correlation_id: str) -> AcceptRequest:
    """Return the request to accept a command into the lane of the candidate."""
    job = NewJob(
        id=command_job_id(command.command_id),
        function=FUNCTIONS[kind],
        kwargs=msgspec.to_builtins(command),
        description=f"{kind.value} application {command.application_id}",
        correlation_id=correlation_id,
    )
    return AcceptRequest(command.candidate_id, job, uses_reserve=True)
