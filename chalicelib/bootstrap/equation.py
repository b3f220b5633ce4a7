"""The parts of the equation: the logs of accepted applications, and the checks."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING

from chalicelib.bootstrap.parts import DomainContainer
from chalicelib.common.observability import count

if TYPE_CHECKING:
    from chalicelib.recruiting.applications.removed_applications import (
        RemovedApplicationRepository,
    )
    from chalicelib.recruiting.equation.accepted_log import AcceptedLogRepository
    from chalicelib.recruiting.equation.checker import EquationChecker
    from chalicelib.recruiting.equation.examiner import PostingExaminer
    from chalicelib.recruiting.equation.log_mover import LogMover
    from chalicelib.recruiting.equation.repository import EquationRepository
    from chalicelib.recruiting.equation.stored_applications import StoredApplications

# How many ids a log line names; the stored equation names more.
_LOGGED_IDS = 20


class EquationContainer(DomainContainer):
    """The API reads the equations; the applications worker uses the checker."""

    def prepare(self) -> None:
        """Create the indexes, and note when the logs began. Calling it again changes nothing."""
        self.removed.create_indexes()
        self.equations.create_indexes()
        self.stored.create_indexes()
        self.checker.begin()

    @cached_property
    def removed(self) -> RemovedApplicationRepository:
        from chalicelib.recruiting.applications.removed_applications import (
            RemovedApplicationRepository,
        )

        return RemovedApplicationRepository(self._container.database)

    @cached_property
    def accepted_log(self) -> AcceptedLogRepository:
        from chalicelib.recruiting.equation.accepted_log import AcceptedLogRepository

        return AcceptedLogRepository(self._container.database)

    @cached_property
    def equations(self) -> EquationRepository:
        from chalicelib.recruiting.equation.repository import EquationRepository

        return EquationRepository(self._container.database)

    @cached_property
    def stored(self) -> StoredApplications:
        from chalicelib.recruiting.equation.stored_applications import StoredApplications

        return StoredApplications(self._container.database)

    @cached_property
    def log_mover(self) -> LogMover:
        from chalicelib.recruiting.equation.log_mover import LogMover

        recruiting = self._container.recruiting
        return LogMover(
            recruiting.lanes,
            self.accepted_log,
            self.removed,
            recruiting.applications,
            self.equations,
            self._container.proofs.trees,
        )

    @cached_property
    def examiner(self) -> PostingExaminer:
        from chalicelib.recruiting.equation.examiner import PostingExaminer

        lanes = self._container.recruiting.lanes
        return PostingExaminer(lanes, self.accepted_log, self.removed, self.stored)

    @cached_property
    def checker(self) -> EquationChecker:
        from chalicelib.recruiting.equation.checker import EquationChecker

        return EquationChecker(
            self.examiner,
            self.log_mover,
            self.accepted_log,
            self.removed,
            self.stored,
            self.equations,
        )

    def restore_log(self, posting_id: str) -> None:
        """Restore the offsets of the logs of a posting in the queue, if Redis forgot them."""
        from chalicelib.queue.admin import Logs

        for lanes in self._container.recruiting.lanes:
            find_offset = partial(self.accepted_log.count_in, posting_id, str(lanes.shard))
            Logs(lanes).restore_offset(posting_id, find_offset)

    def sweep(self) -> int:
        """Discard dead letters before they expire, move the logs, and check equations.

        Returns:
            How many equations do not balance. Each is logged with ids.
        """
        from chalicelib.queue.admin import DeadLetters

        for lanes in self._container.recruiting.lanes:
            discarded = DeadLetters(lanes).discard_expiring()
            if discarded:
                count("dead_letters_expired", discarded)
        unbalanced = self.checker.run()
        for one in unbalanced:
            self._container.logger.error(
                "equation does not balance",
                posting_id=one.posting_id,
                missing=one.missing,
                missing_ids=one.missing_ids[:_LOGGED_IDS],
                unexpected=one.unexpected,
                unexpected_ids=one.unexpected_ids[:_LOGGED_IDS],
            )
        return len(unbalanced)
