"""Accepts applications into candidates' lanes. A worker stores them soon afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chalicelib.common.ids import is_id, new_id
from chalicelib.queue import AcceptRequest, NewJob, UnknownGate
from chalicelib.recruiting.applications.errors import InvalidAnswers
from chalicelib.recruiting.applications.jobs import STORE, Application, application_description
from chalicelib.recruiting.postings.errors import PostingNotFound

if TYPE_CHECKING:
    from chalicelib.common.ids import IdempotencyKey
    from chalicelib.recruiting.applications.job_queue import ApplicationJobQueue
    from chalicelib.recruiting.applications.models import ApplicationDraft, Receipt
    from chalicelib.recruiting.applications.receipts import ReceiptService
    from chalicelib.recruiting.postings.repository import PostingRepository


class ApplyService:
    """Accepts applications."""

    def __init__(
        self,
        job_queue: ApplicationJobQueue,
        postings: PostingRepository,
        receipts: ReceiptService,
    ) -> None:
        self._job_queue = job_queue
        self._postings = postings
        self._receipts = receipts

    def apply(
        self,
        candidate_id: str,
        posting_id: str,
        draft: ApplicationDraft,
        correlation_id: str,
        idempotency: IdempotencyKey | None = None,
        session_id: str = "",
    ) -> tuple[Receipt, bool]:
        """Accept an application, with one round trip to Redis.

        A second application for the same posting changes nothing and gets the receipt of the first
        one, marked as a repeat. So a candidate whose connection broke can simply try again. A
        repeated idempotency key gets the answer of the first call for a day, whatever happened
        since.

        Returns:
            The receipt, and whether this call accepted a new application.

        Raises:
            SessionExpired: the session has ended, or the account was deleted.
            PostingNotFound, PostingClosed, InvalidAnswers, IdempotencyKeyReused, TooManyRequests:
                the application was not accepted.
            redis.exceptions.RedisError: it may or may not be accepted; repeat the call.
        """
        if not is_id(posting_id):
            raise PostingNotFound
        _refuse_answers(draft)
        job = NewJob(
            id=new_id(),
            function=STORE,
            kwargs=msgspec.to_builtins(Application(candidate_id, posting_id, draft)),
            description=application_description(posting_id),
            correlation_id=correlation_id,
        )
        request = AcceptRequest(
            candidate_id,
            job,
            gate=posting_id,
            deduplication_key=posting_id,
            credential=session_id,
        )
        try:
            accepted = self._job_queue.accept(request, idempotency)
        except UnknownGate:
            # Redis lost its memory if the database knows the posting.
            self._postings.reopen(posting_id)
            try:
                accepted = self._job_queue.accept(request, idempotency)
            except UnknownGate:
                raise PostingNotFound from None
        # If the Redis client repeats this call over a new connection, the queue answers that it
        # knows the job. For the candidate it is still a new application.
        is_new = accepted.job_id == job.id
        repeat = accepted.is_duplicate and not is_new
        return self._receipts.issue(posting_id, accepted, repeat=repeat), is_new


def _refuse_answers(draft: ApplicationDraft) -> None:
    """Refuse answers, because no posting has questions yet.

    Raises:
        InvalidAnswers: it names each field that has a value.
    """
    given = [name for name in ("form_version", "answers") if getattr(draft, name)]
    if given:
        raise InvalidAnswers(dict.fromkeys(given, "The posting asks no questions"))
