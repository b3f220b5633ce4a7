"""Reports the progress and the results of bulk operations, and cancels their e-mails."""

from __future__ import annotations

import time
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from chalicelib.common.ids import check_cursor
from chalicelib.queue import REDIS_ERRORS
from chalicelib.recruiting.bulk.errors import OperationNotFound
from chalicelib.recruiting.bulk.models import (
    CancelledEmails,
    Operation,
    OperationResult,
    OperationsPage,
    ResultsPage,
)
from chalicelib.recruiting.bulk.progress import DONE, FAILED, WAITING
from chalicelib.recruiting.bulk.repository import CHUNK
from chalicelib.recruiting.pipeline.command_service import REFUSAL_DETAILS
from chalicelib.recruiting.pipeline.emails import rejection_email_id
from chalicelib.recruiting.pipeline.errors import NoEmailToCancel
from chalicelib.recruiting.pipeline.rules import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chalicelib.auth.accounts.repository import AccountRepository
    from chalicelib.notifications.ledger import MailLedger
    from chalicelib.recruiting.applications.repository import ApplicationRepository
    from chalicelib.recruiting.bulk.dispatcher import OperationDispatcher
    from chalicelib.recruiting.bulk.documents import Ending, StoredOperation
    from chalicelib.recruiting.bulk.models import OperationsQuery, Outcome, ResultsQuery
    from chalicelib.recruiting.bulk.progress import OperationProgress
    from chalicelib.recruiting.bulk.repository import OperationRepository
    from chalicelib.recruiting.pipeline.applicants import ApplicantFinder, Viewer
    from chalicelib.recruiting.pipeline.models import EmailState

# How long a request for the progress sends commands.
_SEND_SECONDS = 0.5


class ResultService:
    """Reports progress and results.

    Args:
        database: the database of the deployment stage.
        operations: the operations.
        dispatcher: sends the commands.
        progress: finds out how applications ended.
        finder: finds the postings that a member may see.
        accounts: the accounts of candidates and members.
        ledger: the mail ledger.
    """

    def __init__(
        self,
        applications: ApplicationRepository,
        operations: OperationRepository,
        dispatcher: OperationDispatcher,
        progress: OperationProgress,
        finder: ApplicantFinder,
        accounts: AccountRepository,
        ledger: MailLedger,
    ) -> None:
        self._applications = applications
        self._operations = operations
        self._dispatcher = dispatcher
        self._progress = progress
        self._finder = finder
        self._accounts = accounts
        self._ledger = ledger

    def get(self, viewer: Viewer, operation_id: str) -> Operation:
        """Return an operation and its progress.

        Send some of the commands that are not sent yet, so that a member who watches the progress
        does not wait for the sweep.

        Raises:
            OperationNotFound: the employer has no such operation.
        """
        operation = self._find(viewer, operation_id)
        if operation.active:
            # Progress is reported also while Redis is down.
            with suppress(*REDIS_ERRORS):
                self._dispatcher.send(operation, time.monotonic() + _SEND_SECONDS)
        return self._report([operation])[0]

    def page(self, viewer: Viewer, query: OperationsQuery) -> OperationsPage:
        """Return a page of the operations of a posting.

        Raises:
            PostingNotFound: the employer has no such posting.
            InvalidField: the cursor is invalid.
        """
        check_cursor(query.cursor)
        self._finder.find_posting(viewer, query.posting_id)
        found = self._operations.page(
            viewer.employer_id, query.posting_id, before=query.cursor, count=query.limit + 1
        )
        page = found[: query.limit]
        return OperationsPage(self._report(page), page[-1].id if len(found) > len(page) else None)

    def results(self, viewer: Viewer, operation_id: str, query: ResultsQuery) -> ResultsPage:
        """Return a page of the results of an operation.

        Raises:
            OperationNotFound: the employer has no such operation.
        """
        operation = self._find(viewer, operation_id)
        matching = (
            one
            for one in self._endings(operation, int(query.cursor or 0))
            if query.outcome in (None, _outcome(one[2]))
        )
        page = list(islice(matching, query.limit))
        following = next(matching, None)
        names = self._names([one for _, one, _ in page])
        emails = self._email_states(operation, page)
        return ResultsPage(
            [_result(one, names.get(one, ""), end, emails.get(one)) for _, one, end in page],
            str(following[0]) if following else None,
        )

    def cancel_emails(self, viewer: Viewer, operation_id: str) -> CancelledEmails:
        """Cancel the e-mails of an operation that were not sent. Applications stay rejected.

        The sweep cancels the e-mails of applications that are rejected later.

        Raises:
            OperationNotFound: the employer has no such operation.
            NoEmailToCancel: it sends no e-mails.
        """
        operation = self._find(viewer, operation_id)
        if not operation.has_emails:
            raise NoEmailToCancel("The operation sends no e-mails.")
        self._operations.cancel_emails(operation)
        for chunk in self._operations.chunks(operation):
            self._progress.endings(operation, chunk)
        return CancelledEmails(*self._progress.withhold_emails(operation))

    def _find(self, viewer: Viewer, operation_id: str) -> StoredOperation:
        operation = self._operations.find(viewer.employer_id, operation_id)
        if operation is None:
            raise OperationNotFound
        return operation

    def _report(self, operations: Sequence[StoredOperation]) -> list[Operation]:
        members = self._accounts.find_recipients({one.actor for one in operations})
        reports = []
        for read in operations:
            one = read
            counts = self._progress.update(one, is_thorough=False)
            if one.active:  # It may be finished now.
                one = self._operations.find(one.employer_id, one.id) or one
            actor = members.get(one.actor)
            reports.append(
                Operation(
                    one.id,
                    one.posting_id,
                    one.action,
                    actor.name if actor else "",
                    one.created_at,
                    one.finished_at,
                    one.total,
                    counts.get(WAITING, 0),
                    counts.get(DONE, 0),
                    {
                        reason.value: counts[reason.value]
                        for reason in Refusal
                        if counts.get(reason.value)
                    },
                    counts.get(FAILED, 0),
                    one.emails_cancelled,
                )
            )
        return reports

    def _endings(
        self, operation: StoredOperation, start: int
    ) -> Iterator[tuple[int, str, Ending | None]]:
        """Yield index, id and ending of each application of the list, from ``start`` on."""
        first = start // CHUNK
        for n, chunk in enumerate(self._operations.chunks(operation, first), first):
            endings = chunk.endings
            if operation.active:
                endings = self._progress.endings(operation, chunk)
            for place, item in enumerate(chunk.items, n * CHUNK):
                if place >= start:
                    yield place, item.application_id, endings.get(item.application_id)

    def _names(self, application_ids: Sequence[str]) -> dict[str, str]:
        candidates = self._applications.find_candidates(application_ids)
        people = self._accounts.find_recipients(set(candidates.values()))
        return {
            one: people[candidate].name
            for one, candidate in candidates.items()
            if candidate in people
        }

    def _email_states(
        self, operation: StoredOperation, page: Sequence[tuple[int, str, Ending | None]]
    ) -> dict[str, EmailState]:
        if not operation.has_emails:
            return {}
        mails = {
            one: rejection_email_id(one, ending)
            for _, one, ending in page
            if isinstance(ending, int)
        }
        states = self._ledger.find_states(mails.values())
        names: dict[str, EmailState] = {"begun": "sent", "withheld": "cancelled"}
        return {one: names.get(states.get(mail, ""), "planned") for one, mail in mails.items()}


def _outcome(ending: Ending | None) -> Outcome:
    if ending is None:
        return "waiting"
    if isinstance(ending, int):
        return "done"
    return "failed" if ending == FAILED else "not_done"


def _result(
    application_id: str, name: str, ending: Ending | None, email: EmailState | None
) -> OperationResult:
    outcome = _outcome(ending)
    if outcome != "not_done" or not isinstance(ending, str):
        return OperationResult(application_id, name, outcome, email=email)
    reason = Refusal(ending)
    return OperationResult(application_id, name, outcome, reason.value, REFUSAL_DETAILS[reason])
