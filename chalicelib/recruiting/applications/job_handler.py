"""Handles a batch of jobs of candidates' lanes: stores, changes and decides on applications."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

from chalicelib.common.mongo import MONGODB_ERRORS, is_outage
from chalicelib.notifications.models import KIND as MAIL
from chalicelib.queue import DeduplicationRelease
from chalicelib.queue.worker import Done, FollowUp, Skip, StoreUnavailable, read_arguments
from chalicelib.recruiting.applications.confirmation_email import confirmation_job
from chalicelib.recruiting.applications.insertions import InsertionProcessor
from chalicelib.recruiting.applications.job_groups import JobGroup, ordered_groups, split_by_group
from chalicelib.recruiting.applications.jobs import Amendment, Application, Withdrawal
from chalicelib.recruiting.applications.withdrawals import WithdrawalProcessor
from chalicelib.recruiting.erasure.jobs import Erasure
from chalicelib.recruiting.erasure.processor import erased_ids
from chalicelib.recruiting.file_texts.jobs import texts_follow_up
from chalicelib.recruiting.pipeline.jobs import Command
from chalicelib.recruiting.pipeline.rules import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chalicelib.auth.accounts.repository import AccountRepository
    from chalicelib.notifications.models import Recipient
    from chalicelib.queue import ClaimedJob
    from chalicelib.queue.worker import Outcome
    from chalicelib.recruiting.amendments.processor import AmendmentProcessor
    from chalicelib.recruiting.applications.insertions import StoreEffect
    from chalicelib.recruiting.applications.removed_applications import (
        RemovedApplicationRepository,
    )
    from chalicelib.recruiting.applications.repository import ApplicationRepository
    from chalicelib.recruiting.applications.withdrawals import WithdrawalEffect
    from chalicelib.recruiting.consents.checker import NoticeChecker
    from chalicelib.recruiting.erasure.processor import ErasureProcessor
    from chalicelib.recruiting.pipeline.command_processor import CommandProcessor
    from chalicelib.recruiting.pipeline.postings import PostingPipeline, PostingPipelineRepository

_MODELS: dict[JobGroup, type[Any]] = {
    JobGroup.APPLICATIONS: Application,
    JobGroup.WITHDRAWALS: Withdrawal,
    JobGroup.COMMANDS: Command,
    JobGroup.AMENDMENTS: Amendment,
    JobGroup.ERASURES: Erasure,
}
_ACCOUNT_DELETED = Done({"not_stored": "the account was deleted"})


class ApplicationJobHandler:
    """Stores, amends, withdraws and erases applications, and carries out employers' commands.

    A batch of applications takes one write and two reads, however many candidates it serves, and a
    few more if the queue accepted an application again because it had forgotten the first, or if a
    candidate agreed to a privacy notice that this process has not seen. Handling
    a job again changes nothing.

    The jobs of each lane are handled in order, and all lanes together: first the applications at
    the heads of the lanes, then the withdrawals behind those, then the commands behind these,
    then the amendments, then the erasures, and so on.
    """

    def __init__(
        self,
        applications: ApplicationRepository,
        accounts: AccountRepository,
        pipelines: PostingPipelineRepository,
        commands: CommandProcessor,
        amendments: AmendmentProcessor,
        erasures: ErasureProcessor,
        removed: RemovedApplicationRepository,
        notices: NoticeChecker,
    ) -> None:
        self._accounts = accounts
        self._pipelines = pipelines
        self._insertions = InsertionProcessor(applications, notices)
        self._withdrawals = WithdrawalProcessor(applications, removed)
        self._commands = commands
        self._amendments = amendments
        self._erasures = erasures
        self._removed = removed

    def handle(self, jobs: Sequence[ClaimedJob], deadline: float = math.inf, /) -> list[Outcome]:
        """Store the applications of these jobs, and process the other jobs.

        Raises:
            StoreUnavailable: MongoDB does not work.
            RuntimeError: MongoDB refused a document. The drain then handles each job alone, which
                shows the job at fault.
        """
        by_group, outcomes = split_by_group(jobs)
        arguments: dict[str, Any] = {}
        group_of: dict[str, JobGroup] = {}
        for group, of_group in by_group.items():
            readable, unreadable = read_arguments(of_group, _MODELS[group])
            arguments |= readable
            group_of |= dict.fromkeys(readable, group)
            outcomes |= unreadable
        batch = [job for job in jobs if job.id in arguments]
        try:
            outcomes |= self._process(batch, arguments, group_of, deadline)
        except MONGODB_ERRORS as error:
            # Not the text of the error, because it may hold what candidates wrote.
            reason = f"MongoDB: {type(error).__name__}"
            if is_outage(error):
                raise StoreUnavailable(reason) from None
            raise RuntimeError(reason) from None
        return [outcomes[job.id] for job in jobs]

    def _process(
        self,
        jobs: Sequence[ClaimedJob],
        arguments: Mapping[str, Any],
        group_of: Mapping[str, JobGroup],
        deadline: float,
    ) -> dict[str, Outcome]:
        """Return the outcomes of jobs, whose arguments and groups are given by job id."""
        recipients = self._accounts.find_recipients(
            {one.candidate_id for one in arguments.values()}
        )
        pipelines = self._pipelines.find_many(
            arguments[one].posting_id
            for one, group in group_of.items()
            if group in (JobGroup.APPLICATIONS, JobGroup.COMMANDS)
        )
        outcomes: dict[str, Outcome] = {}
        stored: dict[str, StoreEffect] = {}
        withdrawn: dict[str, WithdrawalEffect | None] = {}
        erased: set[str] = set()
        owned = [job for job in jobs if arguments[job.id].candidate_id in recipients]
        for group, every in ordered_groups(owned, group_of):
            # An application behind its erasure was a dead letter that somebody has redriven.
            gone = {job.id: Done(keeps_job=False) for job in every if job.id in erased}
            outcomes |= gone
            batch = [job for job in every if job.id not in gone]
            if time.monotonic() > deadline:
                outcomes |= {job.id: Skip() for job in batch}
            elif group is JobGroup.COMMANDS:
                outcomes |= self._commands.process(batch, arguments, pipelines)
            elif group is JobGroup.AMENDMENTS:
                outcomes |= self._amendments.process(batch, arguments)
            elif group is JobGroup.ERASURES:
                ended = self._erasures.process(batch, arguments, recipients, deadline)
                outcomes |= ended
                erased |= erased_ids(ended)
            elif group is JobGroup.WITHDRAWALS:
                withdrawn |= self._withdrawals.process(batch, arguments)
            else:
                stored |= self._insertions.process(batch, arguments, pipelines)
        outcomes |= {
            one: _withdrawal_outcome(arguments[one], effect) for one, effect in withdrawn.items()
        }
        withdrawn_ids = {effect.application_id for effect in withdrawn.values() if effect}
        for job in owned:
            if job.id in stored:
                application = arguments[job.id]
                outcomes[job.id] = _store_outcome(
                    job,
                    application,
                    stored[job.id],
                    pipelines.get(application.posting_id),
                    recipients[application.candidate_id],
                    is_withdrawn=job.id in withdrawn_ids,
                )
        return outcomes | self._outcomes_without_account(jobs, arguments, group_of, outcomes)

    def _outcomes_without_account(
        self,
        jobs: Sequence[ClaimedJob],
        arguments: Mapping[str, Any],
        group_of: Mapping[str, JobGroup],
        outcomes: Mapping[str, Outcome],
    ) -> dict[str, Outcome]:
        """Return the outcomes of the other jobs: those of deleted accounts have no effect."""
        rest = [job for job in jobs if job.id not in outcomes]
        lost = [job.id for job in rest if group_of[job.id] is JobGroup.APPLICATIONS]
        self._removed.add_erased({one: arguments[one].posting_id for one in lost})
        commands = [job for job in rest if group_of[job.id] is JobGroup.COMMANDS]
        refused = self._commands.refuse(commands, arguments, Refusal.ACCOUNT_DELETED)
        return {job.id: refused.get(job.id, _ACCOUNT_DELETED) for job in rest}


def _store_outcome(
    job: ClaimedJob,
    application: Application,
    effect: StoreEffect,
    pipeline: PostingPipeline | None,
    recipient: Recipient,
    *,
    is_withdrawn: bool,
) -> Done:
    if effect.duplicate_of:
        return Done({"duplicate_of": effect.duplicate_of})
    if effect.was_withdrawn or is_withdrawn:
        # Send no confirmation for a withdrawn application.
        return Done()
    if pipeline is None:
        # The posting was deleted, so a confirmation could not name it.
        return Done()
    candidate_id = application.candidate_id
    follow_ups = [FollowUp(MAIL, candidate_id, confirmation_job(job, pipeline, recipient))]
    if application.files:
        follow_ups.append(texts_follow_up(job, candidate_id, job.id))
    # Without a result, of which each takes 4 kB in Redis: the usual one says nothing new.
    return Done(follow_ups=tuple(follow_ups))


def _withdrawal_outcome(withdrawal: Withdrawal, effect: WithdrawalEffect | None) -> Done:
    if effect is None:
        return Done({"not_withdrawn": "the candidate applied again later"})
    # Release the posting from every receipt: only now it is known that aliases lead here too.
    releases = DeduplicationRelease(withdrawal.posting_id, effect.receipt_ids)
    return Done(effect="withdrawn", releases=releases)
