"""Accepts withdrawals into candidates' lanes, behind the jobs that the candidate sent before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from pymongo.errors import PyMongoError

from chalicelib.common.ids import is_id
from chalicelib.queue import AcceptRequest, DeduplicationRelease, NewJob
from chalicelib.recruiting.applications.candidate_lane import find_waiting_application
from chalicelib.recruiting.applications.errors import ApplicationNotFound
from chalicelib.recruiting.applications.jobs import (
    WITHDRAW,
    Withdrawal,
    withdrawal_job_id,
)
from chalicelib.recruiting.applications.models import AcceptedWithdrawal

if TYPE_CHECKING:
    from chalicelib.common.ids import IdempotencyKey
    from chalicelib.queue import Shards
    from chalicelib.recruiting.applications.job_queue import ApplicationJobQueue
    from chalicelib.recruiting.applications.repository import ApplicationRepository

# A withdrawal, and the ids of the receipts that lead to its application.
Target = tuple[Withdrawal, tuple[str, ...]]


class WithdrawalService:
    """Accepts withdrawals."""

    def __init__(
        self,
        job_queue: ApplicationJobQueue,
        lanes: Shards,
        applications: ApplicationRepository,
    ) -> None:
        self._job_queue = job_queue
        self._lanes = lanes
        self._applications = applications

    def withdraw(
        self,
        candidate_id: str,
        application_id: str,
        correlation_id: str,
        idempotency: IdempotencyKey | None = None,
        session_id: str = "",
    ) -> tuple[AcceptedWithdrawal, bool]:
        """Accept the withdrawal of an application; for an alias, of the one it leads to.

        The same step releases the posting, so that the candidate may apply again; a new application
        then waits behind the withdrawal in the lane. A repeated withdrawal changes nothing, unless
        the earlier one was dead-lettered, or had no effect because the candidate applied again
        after it. Then this withdrawal replaces it.

        Returns:
            The answer, and whether an earlier call had accepted the withdrawal.

        Raises:
            SessionExpired: the session has ended, or the account was deleted.
            ApplicationNotFound: the candidate has no application with this id.
            IdempotencyKeyReused, TooManyRequests: the withdrawal was not accepted.
            pymongo.errors.PyMongoError: MongoDB is down, and the application is not in the lane.
            redis.exceptions.RedisError: it may or may not be accepted; repeat the call.
        """
        withdrawal, receipt_ids = self.find_target(candidate_id, application_id)
        job = NewJob(
            id=withdrawal_job_id(withdrawal.application_id),
            function=WITHDRAW,
            kwargs=msgspec.to_builtins(withdrawal),
            description=f"withdraw application {withdrawal.application_id}",
            correlation_id=correlation_id,
        )
        request = AcceptRequest(
            candidate_id,
            job,
            releases=DeduplicationRelease(withdrawal.posting_id, receipt_ids),
            replaces=self._find_ineffective_job(withdrawal),
            credential=session_id,
        )
        accepted = self._job_queue.accept(request, idempotency)
        return AcceptedWithdrawal(withdrawal.application_id), accepted.repeated

    def _find_ineffective_job(self, withdrawal: Withdrawal) -> bytes:
        """Return the ``created_at`` of an earlier withdrawal job that ended without effect.

        The job is read before the database: a job that has ended withdraws nothing more, so an
        application that is active afterwards was not withdrawn by it.

        Returns:
            An empty text if there is no such job.
        """
        lanes = self._lanes.of(withdrawal.candidate_id)
        [state] = lanes.find_many([withdrawal_job_id(withdrawal.application_id)])
        if state is None or not (state.done or state.dead):
            return b""
        if state.dead:
            return state.job.created_at
        stored = self._applications.find(withdrawal.candidate_id, withdrawal.application_id)
        return state.job.created_at if stored and stored["active"] else b""

    def find_target(self, candidate_id: str, application_id: str) -> Target:
        """Return the withdrawal of an application, and the ids of the receipts that lead to it.

        Raises:
            ApplicationNotFound: the candidate has no application with this id.
            pymongo.errors.PyMongoError: MongoDB is down, and the application is not in the lane.
        """
        if not is_id(application_id):
            raise ApplicationNotFound
        try:
            target = self._find_stored(candidate_id, application_id)
        except PyMongoError:
            # An application that still waits in the lane can be withdrawn without the database.
            target = self._find_waiting(candidate_id, application_id)
            if target is None:
                raise
        target = target or self._find_waiting(candidate_id, application_id)
        if target is None:
            raise ApplicationNotFound
        return target

    def _find_stored(self, candidate_id: str, application_id: str) -> Target | None:
        stored = self._applications.find(candidate_id, application_id)
        if stored is None:
            return None
        withdrawal = Withdrawal(
            candidate_id, stored["_id"], stored["posting_id"], stored["accepted_at"]
        )
        alias_ids = self._applications.find_alias_ids(candidate_id, stored["_id"])
        return withdrawal, (stored["_id"], *alias_ids)

    def _find_waiting(self, candidate_id: str, application_id: str) -> Target | None:
        found = find_waiting_application(self._lanes, candidate_id, application_id)
        if found is None:
            return None
        job, application = found
        withdrawal = Withdrawal(
            candidate_id, application_id, application.posting_id, job.accepted_at
        )
        return withdrawal, (application_id,)
