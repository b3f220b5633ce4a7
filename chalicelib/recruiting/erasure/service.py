"""Accepts erasures into candidates' lanes, behind everything that was sent before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chalicelib.queue import AcceptRequest, DeduplicationRelease, NewJob, Sender
from chalicelib.recruiting.erasure.jobs import ERASE, Erasure, Requester, erasure_job_id
from chalicelib.recruiting.erasure.models import AcceptedErasure
from chalicelib.recruiting.pipeline.applicants import viewer_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chalicelib.auth.accounts.audit_log import AuditLog
    from chalicelib.common.ids import IdempotencyKey
    from chalicelib.queue import Rate, Shards
    from chalicelib.recruiting.applications.job_queue import ApplicationJobQueue
    from chalicelib.recruiting.applications.repository import ApplicationRepository
    from chalicelib.recruiting.applications.withdrawal_service import WithdrawalService
    from chalicelib.recruiting.employers.models import Member
    from chalicelib.recruiting.pipeline.applicants import ApplicantFinder


class ErasureService:
    """Accepts erasures.

    Args:
        job_queue: accepts the jobs.
        lanes: the lanes of applications.
        applications: the stored applications.
        withdrawals: finds the applications of candidates, stored or waiting.
        applicants: finds the applications that a member may see.
        audit_log: records what an employer erased.
        rate: how many commands one member may send.
        check_hold: raises LegalHold if an application is held; gets postings by application.
    """

    def __init__(
        self,
        job_queue: ApplicationJobQueue,
        lanes: Shards,
        applications: ApplicationRepository,
        withdrawals: WithdrawalService,
        applicants: ApplicantFinder,
        audit_log: AuditLog,
        rate: Rate,
        check_hold: Callable[[Mapping[str, str]], None],
    ) -> None:
        self._job_queue = job_queue
        self._lanes = lanes
        self._applications = applications
        self._withdrawals = withdrawals
        self._applicants = applicants
        self._audit_log = audit_log
        self._rate = rate
        self._check_hold = check_hold

    def request(
        self,
        candidate_id: str,
        application_id: str,
        correlation_id: str,
        idempotency: IdempotencyKey | None = None,
        session_id: str = "",
    ) -> tuple[AcceptedErasure, bool]:
        """Accept the erasure of an application of a candidate; for an alias, of its original.

        The same step releases the posting, so that the candidate may apply again. A new application
        waits behind the erasure in the lane.

        Returns:
            The answer, and whether an earlier call had accepted the erasure.

        Raises:
            SessionExpired: the session has ended, or the account was deleted.
            ApplicationNotFound: the candidate has no application with this id.
            LegalHold: the employer must keep the application.
            IdempotencyKeyReused, TooManyRequests: the erasure was not accepted.
            pymongo.errors.PyMongoError: MongoDB is down.
            redis.exceptions.RedisError: it may or may not be accepted; repeat the call.
        """
        withdrawal, receipt_ids = self._withdrawals.find_target(candidate_id, application_id)
        erasure = Erasure(
            candidate_id, withdrawal.application_id, withdrawal.posting_id, Requester.CANDIDATE
        )
        self._check_hold(dict.fromkeys(receipt_ids, erasure.posting_id))
        request = msgspec.structs.replace(
            erasure_request(erasure, receipt_ids, correlation_id),
            credential=session_id,
            uses_reserve=False,
            replaces=self._find_ineffective_job(erasure),
        )
        accepted = self._job_queue.accept(request, idempotency)
        return AcceptedErasure(erasure.application_id), accepted.repeated

    def request_by_employer(
        self, member: Member, application_id: str, correlation_id: str
    ) -> tuple[AcceptedErasure, bool]:
        """Accept the erasure of an application that an owner asks for.

        Returns:
            The answer, and whether an earlier call had accepted the erasure.

        Raises:
            ApplicantNotFound: the employer has no such application.
            LegalHold: the employer must keep the application.
            TooManyRequests: the erasure was not accepted.
            pymongo.errors.PyMongoError: MongoDB is down.
            redis.exceptions.RedisError: it may or may not be accepted; repeat the call.
        """
        document = self._applicants.find(viewer_of(member), application_id).document
        candidate_id = document["candidate_id"]
        aliases = self._applications.find_alias_ids(candidate_id, application_id)
        erasure = Erasure(candidate_id, application_id, document["posting_id"], Requester.EMPLOYER)
        receipt_ids = (application_id, *aliases)
        self._check_hold(dict.fromkeys(receipt_ids, erasure.posting_id))
        request = msgspec.structs.replace(
            erasure_request(erasure, receipt_ids, correlation_id),
            sender=Sender(member.account_id, self._rate),
            replaces=self._find_ineffective_job(erasure),
        )
        accepted = self._job_queue.accept(request, None)
        if not accepted.repeated:
            self._audit_log.record(
                "application_erased",
                member.account_id,
                employer_id=member.employer_id,
                application_id=application_id,
            )
        return AcceptedErasure(application_id), accepted.repeated

    def _find_ineffective_job(self, erasure: Erasure) -> bytes:
        """Return the ``created_at`` of an earlier erasure job that ended without effect.

        The job is read before the database: an application that is stored afterwards was not erased
        by a job that has ended.

        Returns:
            An empty text if there is no such job.
        """
        lanes = self._lanes.of(erasure.candidate_id)
        [state] = lanes.find_many([erasure_job_id(erasure.application_id)])
        if state is None or not (state.done or state.dead):
            return b""
        stored = state.dead or self._applications.find_stored_ids([erasure.application_id])
        return state.job.created_at if stored else b""


def erasure_request(
    erasure: Erasure, receipt_ids: tuple[str, ...], correlation_id: str
) -> AcceptRequest:
    """Return the request to accept an erasure, which uses the reserve of the lane.

    Args:
        erasure: the arguments of the job.
        receipt_ids: the ids of all receipts that lead to the application.
        correlation_id: ties together the log lines of one request.
    """
    application_id = erasure.application_id
    job = NewJob(
        id=erasure_job_id(application_id),
        function=ERASE,
        kwargs=msgspec.to_builtins(erasure),
        description=f"erase application {application_id}",
        correlation_id=correlation_id,
    )
    releases = DeduplicationRelease(erasure.posting_id, receipt_ids)
    return AcceptRequest(erasure.candidate_id, job, releases=releases, uses_reserve=True)
