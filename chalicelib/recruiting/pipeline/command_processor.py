"""Carries out the commands of employers. Doing it again changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.notifications.models import KIND as MAIL
from chalicelib.queue.worker import Done, FollowUp
from chalicelib.recruiting.applications.events import (
    STAGE_EVENTS,
    ApplicationChange,
    announcement_time,
    events_of,
)
from chalicelib.recruiting.due.repository import DueItem
from chalicelib.recruiting.pipeline.emails import (
    REJECTION,
    rejection_email_id,
    stage_email_job,
)
from chalicelib.recruiting.pipeline.jobs import KINDS
from chalicelib.recruiting.pipeline.refusals import new_refusal
from chalicelib.recruiting.pipeline.rules import Refusal, Transition, decide, state_of

if TYPE_CHECKING:
    from chalicelib.notifications.ledger import MailLedger
    from chalicelib.queue import ClaimedJob
    from chalicelib.recruiting.applications.repository import ApplicationRepository
    from chalicelib.recruiting.due.repository import DueRepository
    from chalicelib.recruiting.pipeline.jobs import Command
    from chalicelib.recruiting.pipeline.postings import PostingPipeline
    from chalicelib.recruiting.pipeline.refusals import RefusalRepository, StoredRefusal
    from chalicelib.recruiting.pipeline.rules import PipelineState

    Pipelines = Mapping[str, PostingPipeline]
    Event = dict[str, Any]


class CommandProcessor:
    """Carries out commands, with two reads and one write of applications for a whole batch.

    The write of an application and its event are one. What follows from the event (a refusal, an
    e-mail that is planned or withheld) is written again each time, because a worker that died may
    not have come so far. Refusals are written before applications: they were decided on the
    applications as they were read. Some were decided on a change by the same batch. If that change
    is not saved after all, because its command is dead-lettered, they are decided again.
    """

    def __init__(
        self,
        applications: ApplicationRepository,
        refusals: RefusalRepository,
        due: DueRepository,
        ledger: MailLedger,
    ) -> None:
        self._applications = applications
        self._refusals = refusals
        self._due = due
        self._ledger = ledger

    def process(
        self, jobs: Sequence[ClaimedJob], commands: Mapping[str, Command], pipelines: Pipelines
    ) -> dict[str, Done]:
        """Carry out the commands of jobs, in their order.

        Args:
            jobs: the jobs.
            commands: their arguments, by job id.
            pipelines: the postings of the applications, by id.

        Raises:
            RuntimeError: another worker changed an application meanwhile.
            pymongo.errors.PyMongoError: some commands may be carried out.
        """
        batch = _Batch(
            # The applications are read first. A command that has no refusal after that was not
            # refused by another worker before the applications were read.
            self._applications.find_many_for_change(
                {commands[job.id].application_id for job in jobs}
            ),
            self._refusals.find_many({commands[job.id].command_id for job in jobs}),
            pipelines,
        )
        outcomes = {job.id: batch.carry_out(job, commands[job.id]) for job in jobs}
        self._refusals.delete(batch.stale_refusals)
        self._refusals.insert(batch.refusals)
        self._applications.save_changes(list(batch.changes.values()))
        self._ledger.withhold(batch.withheld)
        self._due.remove([f"{REJECTION}:{mail_id}" for mail_id in batch.withheld])
        self._due.add(item for item in batch.due if item.target not in batch.withheld)
        return outcomes

    def refuse(
        self, jobs: Sequence[ClaimedJob], commands: Mapping[str, Command], reason: Refusal
    ) -> dict[str, Done]:
        """Refuse the commands of jobs."""
        self._refusals.insert(
            [new_refusal(KINDS[job.function], commands[job.id], reason, "", 0) for job in jobs]
        )
        return {job.id: _not_done(reason) for job in jobs}


class _Batch:
    """The commands of a batch, as they are carried out one after the other.

    Args:
        documents: the applications by id.
        refused: the commands that were refused before, by command id.
        pipelines: the postings of the applications by id.
    """

    def __init__(
        self,
        documents: Mapping[str, dict[str, Any]],
        refused: Mapping[str, StoredRefusal],
        pipelines: Pipelines,
    ) -> None:
        self._documents = documents
        self._refused = refused
        self._pipelines = pipelines
        self._events = {one: events_of(document) for one, document in documents.items()}
        self._states = {
            one: state_of(document, self._events[one])
            for one, document in documents.items()
            if "stage" in document
        }
        self.changes: dict[str, ApplicationChange] = {}
        self.refusals: list[dict[str, Any]] = []
        self.stale_refusals: list[str] = []
        self.due: list[DueItem] = []
        self.withheld: list[str] = []

    def carry_out(self, job: ClaimedJob, command: Command) -> Done:
        """Carry out a command, or refuse it. Return the outcome of its job."""
        application_id = command.application_id
        state = self._states.get(application_id)
        if refused := self._refused.get(command.command_id):
            if state is None or refused.version <= state.version:
                return _not_done(Refusal(refused.reason))
            # It was decided on a change that was not saved.
            self.stale_refusals.append(command.command_id)
        for event in self._events.get(application_id, ()):
            if event.get("command") == command.command_id:
                return self._finish(job, command, event)
        document = self._documents.get(application_id)
        pipeline = self._pipelines.get(command.posting_id)
        if document is None or pipeline is None or not _matches(command, document):
            return self._refuse(job, command, Refusal.APPLICATION_DELETED)
        decision = decide(KINDS[job.function], command, self._states[application_id], pipeline)
        if isinstance(decision, Refusal):
            return self._refuse(job, command, decision, state)
        return self._finish(job, command, self._change(command, decision))

    def _refuse(
        self,
        job: ClaimedJob,
        command: Command,
        reason: Refusal,
        state: PipelineState | None = None,
    ) -> Done:
        found = (state.stage, state.version) if state else ("", 0)
        self.refusals.append(new_refusal(KINDS[job.function], command, reason, *found))
        return _not_done(reason)

    def _change(self, command: Command, transition: Transition) -> Event:
        """Change the application of a command. Return the event."""
        application_id, stage = command.application_id, transition.stage
        change = self.changes.get(application_id)
        if change is None:
            change = ApplicationChange(self._documents[application_id])
            self.changes[application_id] = change
        data: dict[str, Any] = {"from": self._states[application_id].stage, "to": stage.id}
        if transition.kind in STAGE_EVENTS:
            data["words"] = stage.candidate_words
        if command.reason:
            data["reason"] = command.reason
        if command.reason_id:
            data["reason_id"] = command.reason_id
        if transition.kind == "rejected" and command.email:
            data["email"] = msgspec.structs.asdict(command.email)
        elif transition.kind in ("moved", "hired") and stage.emails:
            data["email"] = {}
        event = change.add(transition.kind, command.actor, data, command.command_id)
        if transition.kind in STAGE_EVENTS:
            change.set(stage=stage.id, entered_at=event["at"])
        self._events[application_id].append(event)
        self._states[application_id] = self._states[application_id].enter(transition)
        return event

    def _finish(self, job: ClaimedJob, command: Command, event: Event) -> Done:
        """Plan or withhold the e-mails of an event. Return the outcome of its job."""
        application_id, n, kind = command.application_id, event["n"], event["kind"]
        follow_ups: tuple[FollowUp, ...] = ()
        email = event["data"].get("email")
        if kind == "rejected" and email is not None:
            mail_id = rejection_email_id(application_id, n)
            data = {"application_id": application_id, "n": n}
            self.due.append(
                DueItem(REJECTION, mail_id, announcement_time(event), command.candidate_id, data)
            )
        elif kind == "reinstated":
            self.withheld += (
                rejection_email_id(application_id, one["n"])
                for one in self._events[application_id][: n - 1]
                if one["kind"] == "rejected" and "email" in one["data"]
            )
        elif email is not None:
            mail = stage_email_job(application_id, n, job.correlation_id)
            follow_ups = (FollowUp(MAIL, command.candidate_id, mail),)
        return Done(follow_ups=follow_ups, effect=kind)


def _matches(command: Command, document: Mapping[str, Any]) -> bool:
    """Return whether a document is the application that a command is for."""
    names = ("candidate_id", "employer_id", "posting_id")
    return "stage" in document and all(
        document.get(name) == getattr(command, name) for name in names
    )


def _not_done(reason: Refusal) -> Done:
    # The e-mail of a rejection may name the candidate of an application that was erased.
    keeps_job = reason not in (Refusal.APPLICATION_DELETED, Refusal.ACCOUNT_DELETED)
    return Done({"not_done": reason.value}, effect="not_done", keeps_job=keeps_job)
