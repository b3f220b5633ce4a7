"""Accepts amendments into candidates' lanes, behind the jobs that were sent before."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
from pymongo.errors import PyMongoError

from chalicelib.common import times
from chalicelib.common.errors import InvalidField
from chalicelib.common.ids import is_id
from chalicelib.queue import AcceptRequest, NewJob
from chalicelib.recruiting.amendments.rules import REFUSAL_DETAILS, refusal_of
from chalicelib.recruiting.applications.apply_service import accept_at_gate
from chalicelib.recruiting.applications.candidate_lane import find_waiting_application
from chalicelib.recruiting.applications.content_hashes import hash_application
from chalicelib.recruiting.applications.contents import files_of
from chalicelib.recruiting.applications.draft_check import check_draft
from chalicelib.recruiting.applications.errors import AmendmentRefused, ApplicationNotFound
from chalicelib.recruiting.applications.events import events_of
from chalicelib.recruiting.applications.jobs import AMEND, Amendment, amendment_job_id

if TYPE_CHECKING:
    from chalicelib.common.ids import IdempotencyKey
    from chalicelib.queue import Shards
    from chalicelib.recruiting.applications.job_queue import ApplicationJobQueue
    from chalicelib.recruiting.applications.models import ApplicationContent, Receipt
    from chalicelib.recruiting.applications.receipts import ReceiptService
    from chalicelib.recruiting.applications.repository import ApplicationRepository
    from chalicelib.recruiting.files.models import AttachedFile
    from chalicelib.recruiting.files.tokens import FileTokenService
    from chalicelib.recruiting.forms.apply_rules import ApplyRulesReader
    from chalicelib.recruiting.postings.repository import PostingRepository


# Files are only added, so that every revision keeps its own.
MAX_FILES = 20


class _Target(NamedTuple):
    """The application to change: the version of the form that it answers, and its files."""

    id: str
    posting_id: str
    form_version: int
    files: tuple[AttachedFile, ...]


class AmendmentService:
    """Accepts amendments."""

    def __init__(
        self,
        job_queue: ApplicationJobQueue,
        lanes: Shards,
        applications: ApplicationRepository,
        postings: PostingRepository,
        receipts: ReceiptService,
        rules: ApplyRulesReader,
        file_tokens: FileTokenService,
    ) -> None:
        self._job_queue = job_queue
        self._lanes = lanes
        self._applications = applications
        self._postings = postings
        self._receipts = receipts
        self._rules = rules
        self._file_tokens = file_tokens

    def amend(
        self,
        candidate_id: str,
        application_id: str,
        draft: ApplicationContent,
        correlation_id: str,
        idempotency: IdempotencyKey | None = None,
        session_id: str = "",
    ) -> tuple[Receipt, bool]:
        """Accept a new content for an application; for an alias, for the one it leads to.

        The gate of the posting is checked in the same step, so no amendment is accepted after the
        posting closed. What the employer decides before the amendment's turn in the lane still
        counts: the amendment is then not carried out, and the timeline says why.

        Returns:
            The receipt, and whether this call accepted the amendment.

        Raises:
            InvalidField: a file cannot be added.
            SessionExpired: the session has ended, or the account was deleted.
            ApplicationNotFound: the candidate has no application with this id.
            AmendmentRefused: the application can no longer be changed.
            PostingNotFound, PostingClosed, FormChanged, InvalidAnswers, IdempotencyKeyReused,
                TooManyRequests: the amendment was not accepted.
            pymongo.errors.PyMongoError: MongoDB is down, and the application is not in the lane.
            redis.exceptions.RedisError: it may or may not be accepted; repeat the call.
        """
        if not is_id(application_id):
            raise ApplicationNotFound
        target = self._find_target(candidate_id, application_id)
        checked = check_draft(
            self._rules,
            self._file_tokens,
            candidate_id,
            target.posting_id,
            draft,
            target.files,
        )
        if checked.files and len(checked.files) + len(target.files) > MAX_FILES:
            raise InvalidField("files", f"An application has at most {MAX_FILES} files")
        # Who answered the questions as they were need not answer new ones to correct a letter.
        is_same_form = draft.form_version == target.form_version
        amendment = Amendment(
            candidate_id,
            target.id,
            target.posting_id,
            checked.draft,
            checked.knock_outs,
            checked.files,
        )
        job = NewJob(
            id=amendment_job_id(target.id),
            function=AMEND,
            kwargs=msgspec.to_builtins(amendment),
            description=f"amend application {target.id}",
            correlation_id=correlation_id,
        )
        request = AcceptRequest(
            candidate_id,
            job,
            gate=target.posting_id,
            is_logged=False,
            credential=session_id,
            gate_version=None if is_same_form else checked.gate_version,
        )
        accepted = accept_at_gate(self._job_queue, lambda: self._postings, request, idempotency)
        is_new = accepted.job_id == job.id
        of_application = msgspec.structs.replace(accepted, job_id=target.id)
        # Only the worker knows which revision it becomes, and to which files these are added.
        receipt = self._receipts.issue(
            candidate_id,
            target.posting_id,
            of_application,
            hash_application(amendment),
            repeat=False,
            revision=0,
        )
        return receipt, is_new

    def _find_target(self, candidate_id: str, application_id: str) -> _Target:
        """Return the application to change, as it is stored or waits.

        Raises:
            ApplicationNotFound, AmendmentRefused: there is none, or it cannot be changed.
            pymongo.errors.PyMongoError: MongoDB is down, and the application is not in the lane.
        """
        try:
            stored = self._applications.find(candidate_id, application_id)
        except PyMongoError:
            # An application that still waits in the lane can be changed without the database.
            if find_waiting_application(self._lanes, candidate_id, application_id) is None:
                raise
            stored = None
        if stored:
            refusal = refusal_of(stored, events_of(stored), times.now())
            if refusal:
                raise AmendmentRefused(REFUSAL_DETAILS[refusal])
            return _Target(
                stored["_id"],
                stored["posting_id"],
                stored.get("form_version", 0),
                files_of(stored),
            )
        waiting = find_waiting_application(self._lanes, candidate_id, application_id)
        if waiting is None:
            raise ApplicationNotFound
        _, application = waiting
        return _Target(
            application_id,
            application.posting_id,
            application.draft.form_version,
            application.files,
        )
