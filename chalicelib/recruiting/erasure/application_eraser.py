"""Erases applications from MongoDB. Doing it again changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.recruiting.applicant_index.indexer import ApplicantIndexer
    from chalicelib.recruiting.applications.removed_applications import (
        RemovedApplicationRepository,
    )
    from chalicelib.recruiting.applications.repository import ApplicationRepository
    from chalicelib.recruiting.bulk.repository import OperationRepository
    from chalicelib.recruiting.erasure.holds import HoldRepository


class ApplicationEraser:
    """Erases applications.

    Args:
        applications: the applications.
        index: the index of applicants.
        operations: the bulk operations.
        holds: the legal holds.
        removed: records that applications were removed.
    """

    def __init__(
        self,
        applications: ApplicationRepository,
        index: ApplicantIndexer,
        operations: OperationRepository,
        holds: HoldRepository,
        removed: RemovedApplicationRepository,
    ) -> None:
        self._applications = applications
        self._index = index
        self._operations = operations
        self._holds = holds
        self._removed = removed

    def erase(self, candidate_id: str, postings: Mapping[str, str]) -> None:
        """Erase applications and aliases of a candidate, and what others wrote about them.

        Args:
            candidate_id: the candidate.
            postings: the ids of their postings, by their own ids.
        """
        # Words before applications, because the applications name their blocks.
        self._index.erase(candidate_id, postings)
        self._operations.redact(postings)
        self._holds.delete_of(postings)
        # Records before applications, so that no application is gone without one.
        self._removed.add_erased(postings)
        self._applications.delete(candidate_id, postings)
