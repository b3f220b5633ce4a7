"""Previews and starts bulk operations."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from chalicelib.common import times
from chalicelib.common.errors import InvalidField
from chalicelib.common.ids import new_id
from chalicelib.queue import REDIS_ERRORS
from chalicelib.recruiting.applications.errors import IdempotencyKeyReused
from chalicelib.recruiting.bulk.documents import StoredOperation
from chalicelib.recruiting.bulk.errors import SelectionChanged
from chalicelib.recruiting.bulk.models import (
    AcceptedOperation,
    ExcludedApplication,
    OperationPreview,
    RejectAction,
)
from chalicelib.recruiting.pipeline.command_service import REFUSAL_DETAILS
from chalicelib.recruiting.pipeline.models import RejectionRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.auth.accounts.repository import AccountRepository
    from chalicelib.recruiting.bulk.dispatcher import OperationDispatcher
    from chalicelib.recruiting.bulk.models import Action, OperationDraft, OperationRequest, Origin
    from chalicelib.recruiting.bulk.repository import OperationRepository
    from chalicelib.recruiting.bulk.selection import Exclusion, SelectionReader
    from chalicelib.recruiting.pipeline.applicants import ApplicantFinder, Viewer
    from chalicelib.recruiting.pipeline.email_previews import EmailPreviewer
    from chalicelib.recruiting.pipeline.jobs import RejectionEmail
    from chalicelib.recruiting.pipeline.models import EmailPreview
    from chalicelib.recruiting.pipeline.postings import PostingPipeline
    from chalicelib.recruiting.pipeline.rejection_planner import RejectionPlan, RejectionPlanner
    from chalicelib.recruiting.postings.stages import Stage

# How many excluded applications a preview shows.
_EXAMPLES = 50
# How long a request sends commands. The sweep sends the rest.
SEND_SECONDS = 3.0


class BulkService:
    """Previews and starts operations.

    Args:
        operations: the operations.
        selections: reads the applications of an operation.
        dispatcher: sends the commands.
        finder: finds the postings that a member may see.
        previewer: renders the e-mails.
        planner: applies the settings of the employer to rejections.
        accounts: the accounts of the candidates.
    """

    def __init__(
        self,
        operations: OperationRepository,
        selections: SelectionReader,
        dispatcher: OperationDispatcher,
        finder: ApplicantFinder,
        previewer: EmailPreviewer,
        planner: RejectionPlanner,
        accounts: AccountRepository,
    ) -> None:
        self._operations = operations
        self._selections = selections
        self._dispatcher = dispatcher
        self._finder = finder
        self._previewer = previewer
        self._planner = planner
        self._accounts = accounts

    def preview(self, viewer: Viewer, draft: OperationDraft) -> OperationPreview:
        """Return what an operation would do now, without changing anything.

        Raises:
            PostingNotFound: the employer has no such posting.
            InvalidField: the draft is invalid.
        """
        pipeline = self._finder.find_posting(viewer, draft.posting_id)
        selection = self._selections.read(pipeline, draft)
        plan = self._plan(pipeline, draft.action)
        email = plan.email if plan else None
        target = _target(pipeline, draft.action)
        first = next(iter(selection.candidates.values()), None)
        return OperationPreview(
            len(selection.items),
            dict(Counter(one.reason.value for one in selection.excluded)),
            self._examples(selection.excluded[:_EXAMPLES]),
            selection.digest(draft.action, plan, _words(pipeline, target)),
            selection.newest,
            self._show_email(pipeline, email, target, first) if first else None,
            email.delay_minutes if email else None,
        )

    def start(self, viewer: Viewer, request: OperationRequest, origin: Origin) -> AcceptedOperation:
        """Accept an operation that does exactly what its preview showed.

        Raises:
            PostingNotFound: the employer has no such posting.
            InvalidField: the request is invalid.
            SelectionChanged: its preview is out of date, or no application would be changed.
            IdempotencyKeyReused: the key was used for another request.
            pymongo.errors.PyMongoError: MongoDB is down. Repeat the call.
        """
        key = origin.idempotency
        request_key = f"{viewer.employer_id} {viewer.account_id} {key.key}" if key else None
        operation = self._operations.find_by_request(request_key) if request_key else None
        candidates: dict[str, str] = {}
        if operation is None:
            pipeline = self._finder.find_posting(viewer, request.posting_id)
            selection = self._selections.read(pipeline, request)
            if not selection.items:
                raise SelectionChanged("None of the selected applications can be changed.")
            plan, action = self._plan(pipeline, request.action), request.action
            words = _words(pipeline, _target(pipeline, action))
            if selection.digest(action, plan, words) != request.selection:
                raise SelectionChanged(
                    "The applications, the posting or the settings changed. Look at a new preview."
                )
            candidates = selection.candidates
            if plan and plan.email and isinstance(action, RejectAction):
                # Report the delay that applies, because the employer may change its own later.
                delay = plan.email.delay_minutes
                action = msgspec.structs.replace(action, send_after_minutes=delay)
            operation = self._operations.insert(
                StoredOperation(
                    id=new_id(),
                    employer_id=viewer.employer_id,
                    posting_id=request.posting_id,
                    actor=viewer.account_id,
                    action=action,
                    plan=plan,
                    total=len(selection.items),
                    created_at=times.now(),
                    correlation_id=origin.correlation_id,
                    request_key=request_key,
                    fingerprint=key.fingerprint if key else "",
                ),
                selection.items,
            )
        if key and operation.fingerprint != key.fingerprint:
            raise IdempotencyKeyReused("Choose a new key for a new request.")
        if operation.active:
            # The operation is stored, so the sweep continues it if Redis is down.
            with suppress(*REDIS_ERRORS):
                self._dispatcher.send(operation, time.monotonic() + SEND_SECONDS, candidates)
        return AcceptedOperation(operation.id, operation.total)

    def _plan(self, pipeline: PostingPipeline, action: Action) -> RejectionPlan | None:
        if not isinstance(action, RejectAction):
            return None
        # Each application has an expected stage of its own.
        request = RejectionRequest("", **msgspec.structs.asdict(action))
        try:
            return self._planner.plan(pipeline, request)
        except InvalidField as error:
            raise InvalidField(f"action.{error.field}", error.reason) from None

    def _show_email(
        self,
        pipeline: PostingPipeline,
        email: RejectionEmail | None,
        target: Stage | None,
        candidate_id: str,
    ) -> EmailPreview | None:
        if email:
            return self._previewer.rejection(email, candidate_id)
        if target:
            return self._previewer.stage(pipeline, target, candidate_id)
        return None

    def _examples(self, excluded: Sequence[Exclusion]) -> list[ExcludedApplication]:
        people = self._accounts.find_recipients({one.candidate_id for one in excluded})
        return [
            ExcludedApplication(
                one.application_id,
                people[one.candidate_id].name if one.candidate_id in people else "",
                one.reason.value,
                REFUSAL_DETAILS[one.reason],
            )
            for one in excluded
        ]


def _target(pipeline: PostingPipeline, action: Action) -> Stage | None:
    """Return the stage of a move that sends e-mails, or None if the action sends none about it."""
    stage = None if isinstance(action, RejectAction) else pipeline.find_stage(action.stage)
    return stage if stage and stage.emails else None


def _words(pipeline: PostingPipeline, target: Stage | None) -> tuple[str, ...]:
    """Return what the e-mails about a stage say."""
    return (pipeline.title, pipeline.employer, target.candidate_words) if target else ()
