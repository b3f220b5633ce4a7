"""Withdrawing: accepted into the candidate's lane, behind all that they sent before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec
from pymongo.errors import PyMongoError

from chalicelib.common.ids import is_id
from chalicelib.queue import DeduplicationRelease, NewJob
from chalicelib.recruiting.applications.errors import ApplicationNotFound
from chalicelib.recruiting.applications.repository import (
    WITHDRAW,
    Withdrawal,
    read_application,
    withdrawal_id,
)

if TYPE_CHECKING:
    from chalicelib.http.idempotency import Idempotency
    from chalicelib.queue import Shards
    from chalicelib.recruiting.applications.job_queue import ApplicationJobQueue
    from chalicelib.recruiting.applications.repository import Applications


# A withdrawal, and the receipts of the application that is withdrawn.
_Found = tuple[Withdrawal, tuple[str, ...]]


class WithdrawalAccepted(msgspec.Struct, frozen=True):
    """The answer to a withdrawal: which application it withdraws."""

    id: str
    status: Literal["withdrawing"] = "withdrawing"


class WithdrawalService:
    """Accepts withdrawals."""

    def __init__(
        self, accepting: ApplicationJobQueue, lanes: Shards, applications: Applications
    ) -> None:
        self._accepting = accepting
        self._lanes = lanes
        self._applications = applications

    def withdraw(
        self,
        candidate_id: str,
        application_id: str,
        correlation_id: str,
        idempotency: Idempotency | None = None,
    ) -> tuple[WithdrawalAccepted, bool]:
        """Accept the withdrawal of an application; of an alias, of the one that it leads to.

        In the same step the candidate may apply for that posting again: what is accepted then
        stands behind the withdrawal in their lane. Withdrawing again changes nothing, unless the
        withdrawal before was given up, or left alone what was sent again: then this one is done.

        Returns:
            The answer, and whether the withdrawal had been accepted before.

        Raises:
            ApplicationNotFound: this candidate has none with this id.
            IdempotencyKeyReused, TooManyRequests: nothing was accepted.
            pymongo.errors.PyMongoError: it is not in the lane, and not known whether it is stored.
            redis.exceptions.RedisError: try again.
        """
        if not is_id(application_id):
            raise ApplicationNotFound
        withdrawal, receipts = self._find(candidate_id, application_id)
        job = NewJob(
            id=withdrawal_id(withdrawal.application_id),
            function=WITHDRAW,
            kwargs=msgspec.to_builtins(withdrawal),
            description=f"withdraw application {withdrawal.application_id}",
            correlation_id=correlation_id,
        )
        accepted = self._accepting.accept(
            candidate_id,
            job,
            idempotency,
            releases=DeduplicationRelease(withdrawal.posting_id, receipts),
            replaces=self._without_effect(withdrawal),
        )
        return WithdrawalAccepted(withdrawal.application_id), accepted.repeated

    def _without_effect(self, withdrawal: Withdrawal) -> bytes:
        """When an earlier withdrawal was accepted that is over and withdrew nothing, or nothing.

        The job is looked at first: once it is over it withdraws nothing any more, so what still
        stands then was not withdrawn by it.
        """
        lanes = self._lanes.of(withdrawal.candidate_id)
        [job] = lanes.find_many([withdrawal_id(withdrawal.application_id)])
        if job is None or not (job.done or job.dead):
            return b""
        if job.dead:
            return job.job.created_at
        stored = self._applications.find(withdrawal.candidate_id, withdrawal.application_id)
        return job.job.created_at if stored and stored["active"] else b""

    def _find(self, candidate_id: str, application_id: str) -> _Found:
        """What is to be withdrawn, stored or not yet."""
        try:
            found = self._stored(candidate_id, application_id)
        except PyMongoError:
            # What waits in a lane can be withdrawn without the database.
            found = self._accepted(candidate_id, application_id)
            if found is None:
                raise
        found = found or self._accepted(candidate_id, application_id)
        if found is None:
            raise ApplicationNotFound
        return found

    def _stored(self, candidate_id: str, application_id: str) -> _Found | None:
        stored = self._applications.find(candidate_id, application_id)
        if stored is None:
            return None
        withdrawal = Withdrawal(
            candidate_id, stored["_id"], stored["posting_id"], stored["accepted_at"]
        )
        aliases = self._applications.aliases(candidate_id, stored["_id"])
        return withdrawal, (stored["_id"], *aliases)

    def _accepted(self, candidate_id: str, application_id: str) -> _Found | None:
        lanes = self._lanes.of(candidate_id)
        job = lanes.find(application_id)
        if job is None or job.lane != lanes.lane_name(candidate_id):
            return None
        application = read_application(job)
        if application is None:
            return None
        withdrawal = Withdrawal(
            candidate_id, application_id, application.posting_id, job.accepted_at
        )
        return withdrawal, (application_id,)
