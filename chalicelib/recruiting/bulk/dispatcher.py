"""Sends the commands of bulk operations into the lanes of the candidates."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from chalicelib.recruiting.applications.repository import applications_collection
from chalicelib.recruiting.bulk.commands import command_kind, make_command
from chalicelib.recruiting.pipeline.command_service import accept_request
from chalicelib.recruiting.pipeline.rules import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pymongo.database import Database

    from chalicelib.recruiting.applications.job_queue import ApplicationJobQueue
    from chalicelib.recruiting.bulk.repository import Chunk, OperationRepository, StoredOperation


class OperationDispatcher:
    """Sends commands.

    The id of a command depends on the operation and the application only, and a command is accepted
    before this is recorded. So a process that dies is completed by another one, and two processes
    at the same time send a command once.
    """

    def __init__(
        self,
        database: Database[dict[str, Any]],
        operations: OperationRepository,
        job_queue: ApplicationJobQueue,
    ) -> None:
        self._applications = applications_collection(database)
        self._operations = operations
        self._job_queue = job_queue

    def send(
        self,
        operation: StoredOperation,
        deadline: float,
        candidates: Mapping[str, str] | None = None,
    ) -> int:
        """Send the commands that no lane has accepted. One whose lane is full stays unsent.

        Args:
            operation: the operation.
            deadline: when to stop, as time of the monotonic clock.
            candidates: the candidates by application, if they are known.

        Returns:
            How many commands were sent.
        """
        self._operations.keep_list(operation)
        sent = 0
        for chunk in self._operations.chunks(operation):
            if time.monotonic() > deadline:
                break
            if chunk.unsent:
                found = candidates or self._find_candidates(chunk.unsent)
                sent += self._send(operation, chunk, found)
        return sent

    def _find_candidates(self, application_ids: Sequence[str]) -> dict[str, str]:
        query = {"_id": {"$in": list(application_ids)}}
        found = self._applications.find(query, {"candidate_id": 1})
        return {one["_id"]: one["candidate_id"] for one in found}

    def _send(self, operation: StoredOperation, chunk: Chunk, candidates: Mapping[str, str]) -> int:
        unsent = set(chunk.unsent)
        gone = unsent - candidates.keys()
        self._operations.record_endings(
            chunk, dict.fromkeys(gone, Refusal.APPLICATION_DELETED.value)
        )
        items = [item for item in chunk.items if item.application_id in unsent - gone]
        kind = command_kind(operation.action)
        requests = [
            accept_request(
                kind,
                make_command(operation.action, item, candidates[item.application_id], operation),
                operation.correlation_id,
            )
            for item in items
        ]
        answers = self._job_queue.accept_many(requests)
        accepted = [item.application_id for item, ok in zip(items, answers, strict=True) if ok]
        self._operations.record_sent(chunk, accepted)
        return len(accepted)
