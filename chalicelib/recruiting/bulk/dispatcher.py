"""Sends the commands of bulk operations into the lanes of the candidates."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from chalicelib.recruiting.bulk.commands import command_kind, make_command
from chalicelib.recruiting.pipeline.command_service import accept_request
from chalicelib.recruiting.pipeline.rules import Refusal

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from chalicelib.auth.accounts.repository import AccountRepository
    from chalicelib.recruiting.applications.job_queue import ApplicationJobQueue
    from chalicelib.recruiting.applications.repository import ApplicationRepository
    from chalicelib.recruiting.bulk.documents import Chunk, Item, StoredOperation
    from chalicelib.recruiting.bulk.repository import OperationRepository
    from chalicelib.recruiting.pipeline.postings import PostingPipeline, PostingPipelineRepository


class OperationDispatcher:
    """Sends commands.

    The id of a command depends on the operation and the application only, and a command is accepted
    before this is recorded. So another process completes the work of one that died, and a command
    that two processes send at the same time is one job.
    """

    def __init__(
        self,
        applications: ApplicationRepository,
        operations: OperationRepository,
        pipelines: PostingPipelineRepository,
        accounts: AccountRepository,
        job_queue: ApplicationJobQueue,
    ) -> None:
        self._applications = applications
        self._operations = operations
        self._pipelines = pipelines
        self._accounts = accounts
        self._job_queue = job_queue

    def send(
        self,
        operation: StoredOperation,
        deadline: float,
        candidates: Mapping[str, str] | None = None,
    ) -> int:
        """Send the commands that no lane has accepted. A command whose lane is full stays unsent.

        Args:
            operation: the operation.
            deadline: when to stop, as time of the monotonic clock.
            candidates: the candidates by application, if they are known.

        Returns:
            How many commands were sent.
        """
        self._operations.keep_list(operation)
        posting = operation.posting_id
        pipeline = self._pipelines.find_many([posting]).get(posting)
        sent = 0
        for chunk in self._operations.chunks(operation):
            if time.monotonic() > deadline:
                break
            unsent = set(chunk.unsent)
            items = [item for item in chunk.items if item.application_id in unsent]
            if items and pipeline:
                known = candidates or self._applications.find_candidates(chunk.unsent)
                gone = unsent - known.keys()
                self._operations.record_endings(
                    chunk, dict.fromkeys(gone, Refusal.APPLICATION_DELETED.value)
                )
                items = [item for item in items if item.application_id in known]
                sent += self._send(operation, pipeline, chunk, items, known)
        return sent

    def _send(
        self,
        operation: StoredOperation,
        pipeline: PostingPipeline,
        chunk: Chunk,
        items: Sequence[Item],
        candidates: Mapping[str, str],
    ) -> int:
        kind = command_kind(operation.action)
        owners = [candidates[item.application_id] for item in items]
        names = self._find_names(operation, set(owners))
        requests = [
            accept_request(
                kind,
                make_command(operation, item, owner, names.get(owner, ""), pipeline),
                operation.correlation_id,
            )
            for item, owner in zip(items, owners, strict=True)
        ]
        answers = self._job_queue.accept_many(requests)
        accepted = [item.application_id for item, ok in zip(items, answers, strict=True) if ok]
        self._operations.record_sent(chunk, accepted)
        return len(accepted)

    def _find_names(
        self, operation: StoredOperation, candidate_ids: Collection[str]
    ) -> dict[str, str]:
        """Return the names of candidates by id, if the e-mail contains names."""
        email = operation.plan.email if operation.plan else None
        if email is None or "{" not in email.message:
            return {}
        people = self._accounts.find_recipients(candidate_ids)
        return {one: person.name for one, person in people.items()}
