"""Applying: an application is accepted into the candidate's lane at once, stored soon after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chalicelib.common.ids import is_id, new_id
from chalicelib.queue import NewJob, UnknownGate
from chalicelib.recruiting.applications.repository import STORE, Application
from chalicelib.recruiting.postings.errors import PostingNotFound

if TYPE_CHECKING:
    from chalicelib.http.idempotency import Idempotency
    from chalicelib.queue import AcceptedJob
    from chalicelib.recruiting.applications.job_queue import ApplicationJobQueue
    from chalicelib.recruiting.applications.receipts import Receipt, Receipts
    from chalicelib.recruiting.applications.repository import Draft
    from chalicelib.recruiting.postings.repository import Postings


class ApplyService:
    """Accepts applications."""

    def __init__(
        self, accepting: ApplicationJobQueue, postings: Postings, receipts: Receipts
    ) -> None:
        self._accepting = accepting
        self._postings = postings
        self._receipts = receipts

    def apply(
        self,
        candidate_id: str,
        posting_id: str,
        draft: Draft,
        correlation_id: str,
        idempotency: Idempotency | None = None,
    ) -> tuple[Receipt, bool]:
        """Accept an application: one round trip to Redis, and a drain woken if one is wanted.

        Applying again for the same posting gives the receipt of the first application, as a repeat,
        and changes nothing: a candidate whose connection broke can simply press the button again.
        With an idempotency key the answer is that of the first call for a day, whatever happened
        since.

        Returns:
            The receipt, and whether this call accepted an application.

        Raises:
            PostingNotFound, PostingClosed, IdempotencyKeyReused, TooManyRequests: nothing was
                accepted.
            redis.exceptions.RedisError: try again.
        """
        if not is_id(posting_id):
            raise PostingNotFound
        job = NewJob(
            id=new_id(),
            function=STORE,
            kwargs=msgspec.to_builtins(Application(candidate_id, posting_id, draft)),
            description=f"store an application for posting {posting_id}",
            correlation_id=correlation_id,
        )
        try:
            accepted = self._accept(candidate_id, posting_id, job, idempotency)
        except UnknownGate:
            # A posting that the database knows and the queue does not: the queue's memory is gone.
            self._postings.reopen(posting_id)
            try:
                accepted = self._accept(candidate_id, posting_id, job, idempotency)
            except UnknownGate:
                raise PostingNotFound from None
        # When the client of Redis repeats this very call over a new connection, the queue knows the
        # job, and to the candidate it is new all the same.
        is_new = accepted.job_id == job.id
        repeat = accepted.is_duplicate and not is_new
        return self._receipts.sign(posting_id, accepted, repeat=repeat), is_new

    def _accept(
        self, candidate_id: str, posting_id: str, job: NewJob, idempotency: Idempotency | None
    ) -> AcceptedJob:
        return self._accepting.accept(
            candidate_id, job, idempotency, gate=posting_id, deduplication_key=posting_id
        )
