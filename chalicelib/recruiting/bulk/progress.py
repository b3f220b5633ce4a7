"""Finds out how the applications of bulk operations ended, and finishes operations."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.common import times
from chalicelib.recruiting.applications.repository import applications_collection
from chalicelib.recruiting.bulk.commands import command_id
from chalicelib.recruiting.pipeline.emails import REJECTION, rejection_email_id
from chalicelib.recruiting.pipeline.jobs import command_job_id
from chalicelib.recruiting.pipeline.rules import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pymongo.database import Database

    from chalicelib.notifications.ledger import MailLedger
    from chalicelib.queue import Shards
    from chalicelib.recruiting.applications.repository import ApplicationRepository
    from chalicelib.recruiting.bulk.documents import Chunk, Ending, StoredOperation
    from chalicelib.recruiting.bulk.repository import OperationRepository
    from chalicelib.recruiting.due.repository import DueRepository
    from chalicelib.recruiting.pipeline.refusals import RefusalRepository

DONE, FAILED, WAITING = "done", "failed", "waiting"
# Commands that wait for longer are looked up in their lanes, because they may be dead letters.
_USUAL_WAIT = timedelta(minutes=1)


class OperationProgress:
    """Reads the endings of applications from their events and from refusals.

    Both are stored before a command is settled, and each has the id of the command. An ending is
    recorded in the list of the operation, so that it is still known when the refusal has expired.
    Recording it again changes nothing.
    """

    def __init__(
        self,
        database: Database[dict[str, Any]],
        applications: ApplicationRepository,
        operations: OperationRepository,
        refusals: RefusalRepository,
        lanes: Shards,
        ledger: MailLedger,
        due: DueRepository,
    ) -> None:
        self._documents = applications_collection(database)
        self._applications = applications
        self._operations = operations
        self._refusals = refusals
        self._lanes = lanes
        self._ledger = ledger
        self._due = due

    def update(self, operation: StoredOperation, *, is_thorough: bool = True) -> dict[str, int]:
        """Count the endings of an operation. Finish it if all are known.

        Args:
            operation: the operation.
            is_thorough: read all endings. Otherwise stop behind a chunk in which nothing has ended,
                because commands are carried out in about the order of the list.

        Returns:
            The counts of ``done``, ``failed``, ``waiting``, and of the reasons of refusals.
        """
        if not operation.active and operation.results is not None:
            return operation.results
        counts: Counter[str] = Counter()
        for chunk in self._operations.chunks(operation):
            endings = self.endings(operation, chunk)
            counts.update(map(describe, endings.values()))
            if not endings and not is_thorough:
                break
        counts[WAITING] = operation.total - counts.total()
        # Read after the endings were recorded, so that a later cancellation finds them.
        present = self._operations.find(operation.employer_id, operation.id)
        if present and present.emails_cancelled and (is_thorough or not counts[WAITING]):
            self.withhold_emails(present)
        if present and not counts[WAITING] and not self._has_dead_letters(operation, counts):
            self._operations.finish(present, counts)
        return counts

    def endings(self, operation: StoredOperation, chunk: Chunk) -> dict[str, Ending]:
        """Return how the applications of a chunk ended, by id, and record new endings."""
        # Include those that seem unsent: a process may have died before it recorded them as sent.
        open_ids = [
            item.application_id for item in chunk.items if item.application_id not in chunk.endings
        ]
        if not open_ids:
            return chunk.endings
        dead: set[str] = set()
        lost: set[str] = set()
        if times.now() - operation.created_at > _USUAL_WAIT:
            # The lanes are read before the events: a command that is carried out in between is
            # found in the events.
            unsent = set(chunk.unsent)
            sent = [one for one in open_ids if one not in unsent]
            dead, lost = self._find_failures(operation, sent)
        found = self._find_endings(operation, open_ids)
        found |= {one: FAILED for one in lost if one not in found}
        self._operations.record_endings(chunk, found)
        # An operator may redrive a dead letter, so its ending is not recorded.
        return {**dict.fromkeys(dead, FAILED), **chunk.endings, **found}

    def withhold_emails(self, operation: StoredOperation) -> tuple[int, int]:
        """Withhold the e-mails of the rejections of an operation.

        Returns:
            How many are withheld, and how many had been begun before.
        """
        total = begun = 0
        for chunk in self._operations.chunks(operation):
            mail_ids = [
                rejection_email_id(one, ending)
                for one, ending in chunk.endings.items()
                if isinstance(ending, int)
            ]
            total += len(mail_ids)
            begun += len(self._ledger.withhold(mail_ids))
            self._due.remove([f"{REJECTION}:{mail_id}" for mail_id in mail_ids])
        return total - begun, begun

    def _find_endings(
        self, operation: StoredOperation, application_ids: Sequence[str]
    ) -> dict[str, Ending]:
        commands = {command_id(operation.id, one): one for one in application_ids}
        reasons = self._refusals.find_reasons(commands.keys())
        endings: dict[str, Ending] = {commands[one]: reason for one, reason in reasons.items()}
        found = self._documents.find(
            {"_id": {"$in": list(application_ids)}}, {"events.command": 1, "events.n": 1}
        )
        stored: set[str] = set()
        for document in found:
            stored.add(document["_id"])
            for event in document.get("events", ()):
                if event.get("command") in commands:
                    endings[document["_id"]] = event["n"]
        gone = [one for one in application_ids if one not in stored and one not in endings]
        return endings | dict.fromkeys(gone, Refusal.APPLICATION_DELETED.value)

    def _find_failures(
        self, operation: StoredOperation, application_ids: Sequence[str]
    ) -> tuple[set[str], set[str]]:
        """Return the applications whose commands are dead letters, and those without a job."""
        dead: set[str] = set()
        lost: set[str] = set()
        by_shard: dict[int, list[str]] = {}
        candidates = self._applications.find_candidates(application_ids)
        for application_id, candidate_id in candidates.items():
            shard = self._lanes.of(candidate_id).shard
            by_shard.setdefault(shard, []).append(application_id)
        for shard, ids in by_shard.items():
            jobs = [command_job_id(command_id(operation.id, one)) for one in ids]
            for one, state in zip(ids, self._lanes[shard].find_many(jobs), strict=True):
                if state is None:
                    lost.add(one)
                elif state.dead:
                    dead.add(one)
        return dead, lost

    def _has_dead_letters(self, operation: StoredOperation, counts: Mapping[str, int]) -> bool:
        if not counts[FAILED]:
            return False
        recorded = sum(
            ending == FAILED
            for chunk in self._operations.chunks(operation)
            for ending in chunk.endings.values()
        )
        return recorded < counts[FAILED]


def describe(ending: Ending) -> str:
    """Return an ending as it is counted: done, failed, or the reason why nothing was done."""
    return DONE if isinstance(ending, int) else ending
