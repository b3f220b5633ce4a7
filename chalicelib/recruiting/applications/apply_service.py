"""Accepts applications into candidates' lanes. A worker stores them soon afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chalicelib.common.ids import is_id, new_id
from chalicelib.queue import AcceptRequest, GroupRateExceeded, NewJob, UnknownGate
from chalicelib.recruiting.applications.application_limits import explain_limit
from chalicelib.recruiting.applications.content_hashes import hash_application
from chalicelib.recruiting.applications.draft_check import check_draft
from chalicelib.recruiting.applications.errors import FormChanged
from chalicelib.recruiting.applications.job_queue import READ_FORM_AGAIN
from chalicelib.recruiting.applications.jobs import STORE, Application, application_description
from chalicelib.recruiting.postings.errors import PostingNotFound

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.common.ids import IdempotencyKey
    from chalicelib.queue import AcceptedJob
    from chalicelib.recruiting.applications.job_queue import ApplicationJobQueue
    from chalicelib.recruiting.applications.models import ApplicationDraft, Receipt
    from chalicelib.recruiting.applications.receipts import ReceiptService
    from chalicelib.recruiting.files.tokens import FileTokenService
    from chalicelib.recruiting.forms.apply_rules import ApplyRulesReader
    from chalicelib.recruiting.postings.models import Posting
    from chalicelib.recruiting.postings.repository import PostingRepository


class ApplyService:
    """Accepts applications.

    ``postings`` is called only for a refusal or after Redis lost its memory. Then a process that
    accepts its first application need not load the client of MongoDB and connect.
    """

    def __init__(
        self,
        job_queue: ApplicationJobQueue,
        postings: Callable[[], PostingRepository],
        receipts: ReceiptService,
        rules: ApplyRulesReader,
        file_tokens: FileTokenService,
    ) -> None:
        self._job_queue = job_queue
        self._postings = postings
        self._receipts = receipts
        self._file_tokens = file_tokens
        self._rules = rules

    def apply(
        self,
        candidate_id: str,
        posting_id: str,
        draft: ApplicationDraft,
        correlation_id: str,
        idempotency: IdempotencyKey | None = None,
        session_id: str = "",
        application_id: str = "",
        origin: str = "",
    ) -> tuple[Receipt, bool]:
        """Accept an application, with one round trip to Redis.

        The first application of a process for a version of a form takes another one, to read the
        questions.

        A second application for the same posting changes nothing and gets the receipt of the first
        one, marked as a repeat. So a candidate whose connection broke can simply try again. A
        repeated idempotency key gets the answer of the first call for a day, whatever happened
        since. So does a repeated ``application_id``, which is a new id by default. ``origin`` is a
        hash of the network address of the request.

        Returns:
            The receipt, and whether this call accepted a new application.

        Raises:
            InvalidField: the token of a file is not the candidate's, or has expired.
            SessionExpired: the session has ended, or the account was deleted.
            PostingNotFound, PostingClosed, FormChanged, InvalidAnswers, IdempotencyKeyReused,
                IntakePaused, ApplicationLimitReached, TooManyRequests: the application was not
                accepted.
            redis.exceptions.RedisError: it may or may not be accepted; repeat the call.
        """
        if not is_id(posting_id):
            raise PostingNotFound
        checked = check_draft(self._rules, self._file_tokens, candidate_id, posting_id, draft)
        application = Application(
            candidate_id, posting_id, checked.draft, checked.knock_outs, checked.files, origin
        )
        job = NewJob(
            id=application_id or new_id(),
            function=STORE,
            kwargs=msgspec.structs.asdict(application),
            description=application_description(posting_id),
            correlation_id=correlation_id,
        )
        request = AcceptRequest(
            candidate_id,
            job,
            gate=posting_id,
            deduplication_key=posting_id,
            credential=session_id,
            gate_version=checked.gate_version,
        )
        try:
            accepted = accept_at_gate(self._job_queue, self._postings, request, idempotency)
        except GroupRateExceeded as refusal:
            raise explain_limit(self._postings(), posting_id, refusal) from refusal
        # If the Redis client repeats this call over a new connection, the queue answers that it
        # knows the job. For the candidate it is still a new application.
        is_new = accepted.job_id == job.id
        repeat = accepted.is_duplicate and not is_new
        # A repeat may have other content than the application that was accepted.
        hashes = None if repeat else hash_application(application)
        receipt = self._receipts.issue(candidate_id, posting_id, accepted, hashes, repeat=repeat)
        return receipt, is_new

    def check(self, posting: Posting, draft: ApplicationDraft) -> None:
        """Check a draft that is sent later.

        Raises:
            InvalidField: it has files, which only the owner of an account can upload.
            FormChanged, InvalidAnswers: it would not be accepted now.
        """
        if draft.form_version != posting.form_version:
            raise FormChanged(READ_FORM_AGAIN)
        check_draft(self._rules, self._file_tokens, "", posting.id, draft)


def accept_at_gate(
    job_queue: ApplicationJobQueue,
    postings: Callable[[], PostingRepository],
    request: AcceptRequest,
    idempotency: IdempotencyKey | None,
) -> AcceptedJob:
    """Accept a job whose gate is a posting.

    Raises:
        PostingNotFound: there is no such posting.
        DomainError: see ``ApplicationJobQueue.accept``.
    """
    try:
        return job_queue.accept(request, idempotency)
    except UnknownGate:
        # Redis lost its memory if the database knows the posting.
        postings().reopen(request.gate or "")
    try:
        return job_queue.accept(request, idempotency)
    except UnknownGate:
        raise PostingNotFound from None
