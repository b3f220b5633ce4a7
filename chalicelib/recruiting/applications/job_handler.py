"""Handles a batch of jobs of candidates' lanes: stores applications and withdraws them."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chalicelib.common import times
from chalicelib.common.mongo import MONGODB_ERRORS, is_outage
from chalicelib.notifications.models import KIND as MAIL
from chalicelib.queue import DeduplicationRelease
from chalicelib.queue.worker import Done, FollowUp, Skip, StoreUnavailable, read_arguments
from chalicelib.recruiting.applications.confirmation_email import confirmation_job
from chalicelib.recruiting.applications.job_groups import group_by_function, split_by_function
from chalicelib.recruiting.applications.jobs import STORE, WITHDRAW, Application, Withdrawal
from chalicelib.recruiting.applications.withdrawals import WithdrawalProcessor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chalicelib.auth.accounts.repository import AccountRepository
    from chalicelib.notifications.models import Recipient
    from chalicelib.queue import ClaimedJob
    from chalicelib.queue.worker import Outcome
    from chalicelib.recruiting.applications.repository import ApplicationRepository
    from chalicelib.recruiting.applications.withdrawals import WithdrawalEffect
    from chalicelib.recruiting.postings.models import Posting
    from chalicelib.recruiting.postings.repository import PostingRepository

_ACCOUNT_DELETED = Done({"not_stored": "the account was deleted"})


class ApplicationJobHandler:
    """Stores applications and withdraws them.

    A batch of applications takes one write and two reads, however many candidates it serves, and a
    few more if the queue accepted an application again because it had forgotten the first. The
    ``_id`` of a document is the id of its job, so handling a job again changes nothing.

    The jobs of each lane are handled in order, and all lanes together: first the applications at
    the heads of the lanes, then the withdrawals behind those, then the applications behind these,
    and so on.
    """

    def __init__(
        self,
        applications: ApplicationRepository,
        accounts: AccountRepository,
        postings: PostingRepository,
    ) -> None:
        self._applications = applications
        self._accounts = accounts
        self._postings = postings
        self._withdrawals = WithdrawalProcessor(applications)

    def handle(self, jobs: Sequence[ClaimedJob], deadline: float = math.inf, /) -> list[Outcome]:
        """Store the applications of these jobs, and process the withdrawals.

        Raises:
            StoreUnavailable: MongoDB does not work.
            RuntimeError: MongoDB refused a document. The drain then handles each job alone, which
                shows the job at fault.
        """
        by_function, outcomes = split_by_function(jobs)
        applications, unreadable = read_arguments(by_function[STORE], Application)
        withdrawals, unreadable_withdrawals = read_arguments(by_function[WITHDRAW], Withdrawal)
        outcomes |= unreadable | unreadable_withdrawals
        try:
            outcomes |= self._process(jobs, applications, withdrawals, deadline)
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
        applications: Mapping[str, Application],
        withdrawals: Mapping[str, Withdrawal],
        deadline: float,
    ) -> dict[str, Outcome]:
        """Return the outcomes of the jobs whose arguments are given by job id."""
        arguments: dict[str, Application | Withdrawal] = {**applications, **withdrawals}
        candidates = {one.candidate_id for one in arguments.values()}
        recipients = self._accounts.find_recipients(candidates)
        # The jobs of deleted accounts have no effect.
        owned = [
            job
            for job in jobs
            if job.id in arguments and arguments[job.id].candidate_id in recipients
        ]
        results = _Results()
        skipped: set[str] = set()
        for group in group_by_function(owned, withdrawals):
            if time.monotonic() > deadline:
                skipped.update(job.id for job in group)
            elif group[0].id in withdrawals:
                results.effects |= self._withdrawals.process(group, withdrawals)
            else:
                self._insert(group, applications, results)
        postings = self._postings.find_many(one.posting_id for one in applications.values())
        outcomes: dict[str, Outcome] = dict.fromkeys(arguments, _ACCOUNT_DELETED)
        withdrawn = results.withdrawn.union(
            effect.application_id for effect in results.effects.values() if effect
        )
        for job in owned:
            if job.id in skipped:
                outcomes[job.id] = Skip()
            elif job.id in withdrawals:
                outcomes[job.id] = _withdrawn(withdrawals[job.id], results.effects[job.id])
            elif job.id in results.duplicates:
                outcomes[job.id] = Done({"duplicate_of": results.duplicates[job.id]})
            elif job.id in withdrawn:
                # Send no confirmation for a withdrawn application.
                outcomes[job.id] = Done({"withdrawn": job.id})
            else:
                application = applications[job.id]
                posting = postings.get(application.posting_id)
                recipient = recipients[application.candidate_id]
                outcomes[job.id] = _stored(job, application, posting, recipient)
        return outcomes

    def _insert(
        self,
        jobs: Sequence[ClaimedJob],
        applications: Mapping[str, Application],
        results: _Results,
    ) -> None:
        """Insert the documents of applications, and record which of them existed before."""
        now = times.now()
        refused = self._applications.insert(
            [_document(job, applications[job.id], now) for job in jobs]
        )
        if not refused:
            return
        # A document under its own id was stored by an earlier attempt, which died before it
        # settled; or it is the tombstone of a withdrawal.
        own = self._applications.find_outcomes([document["_id"] for document in refused])
        aliases = [self._alias(document) for document in refused if document["_id"] not in own]
        self._applications.insert(aliases)
        for document in (*own.values(), *aliases):
            if "duplicate_of" in document:
                results.duplicates[document["_id"]] = document["duplicate_of"]
            elif "withdrawn_at" in document:
                results.withdrawn.add(document["_id"])

    def _alias(self, document: dict[str, Any]) -> dict[str, Any]:
        """Return the alias to store in place of an application that repeats an earlier one.

        The queue had forgotten the earlier application and gave the candidate a receipt with a new
        id. The alias makes that receipt lead to the earlier application.
        """
        first_id = self._applications.find_active_id(
            document["candidate_id"], document["posting_id"]
        )
        if first_id is None:
            # It was withdrawn after our insert was refused. The next attempt inserts the document.
            raise RuntimeError("the earlier application was withdrawn meanwhile")
        return {
            "_id": document["_id"],
            "candidate_id": document["candidate_id"],
            "duplicate_of": first_id,
            "active": False,
            "accepted_at": document["accepted_at"],
        }


@dataclass
class _Results:
    """What happened to the jobs of a batch.

    ``duplicates`` has the id of the earlier application for each job that repeats one,
    ``withdrawn`` the jobs whose applications were withdrawn before the batch, ``effects`` the
    effect of each withdrawal.
    """

    duplicates: dict[str, str] = field(default_factory=dict)
    withdrawn: set[str] = field(default_factory=set)
    effects: dict[str, WithdrawalEffect | None] = field(default_factory=dict)


def _document(job: ClaimedJob, application: Application, now: datetime) -> dict[str, Any]:
    return {
        "_id": job.id,
        "candidate_id": application.candidate_id,
        "posting_id": application.posting_id,
        "cover_letter": application.draft.cover_letter,
        "links": application.draft.links,
        "active": True,
        "accepted_at": job.accepted_at,
        "stored_at": now,
        "correlation_id": job.correlation_id,
    }


def _stored(
    job: ClaimedJob, application: Application, posting: Posting | None, recipient: Recipient
) -> Done:
    if posting is None:
        # The posting was deleted, so a confirmation could not name it.
        return Done({"stored": job.id})
    mail = confirmation_job(job, posting, recipient)
    return Done({"stored": job.id}, (FollowUp(MAIL, application.candidate_id, mail),))


def _withdrawn(withdrawal: Withdrawal, effect: WithdrawalEffect | None) -> Done:
    if effect is None:
        return Done({"not_withdrawn": "the candidate applied again later"})
    # Release the posting from every receipt: only now it is known that aliases lead here too.
    releases = DeduplicationRelease(withdrawal.posting_id, effect.receipt_ids)
    return Done({"withdrawn": effect.application_id}, effect="withdrawn", releases=releases)
