"""Finds what receipts claim about the applications of a candidate, stored or pending."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.common.ids import is_id
from chalicelib.recruiting.applications.content_hashes import hash_application, hash_document
from chalicelib.recruiting.applications.errors import ApplicationNotFound, RevisionNotFound
from chalicelib.recruiting.applications.jobs import read_application
from chalicelib.recruiting.applications.receipt_claims import AcceptedApplication

if TYPE_CHECKING:
    from chalicelib.queue import Shards
    from chalicelib.recruiting.amendments.revision_reader import RevisionReader
    from chalicelib.recruiting.applications.repository import ApplicationRepository


class CandidateApplications:
    """Finds applications of candidates."""

    def __init__(
        self, applications: ApplicationRepository, revisions: RevisionReader, lanes: Shards
    ) -> None:
        self._applications = applications
        self._revisions = revisions
        self._lanes = lanes

    def find(
        self, candidate_id: str, application_id: str, revision: int = 0
    ) -> AcceptedApplication:
        """Return an application of a candidate; for an alias, the one it leads to.

        Args:
            candidate_id: the candidate.
            application_id: the application.
            revision: which revision of its content; 0 for the newest one.

        Raises:
            ApplicationNotFound: the candidate has no application with this id.
            RevisionNotFound: the application has no such revision that is stored.
            pymongo.errors.PyMongoError, redis.exceptions.RedisError: a store is unavailable.
        """
        if not is_id(application_id):
            raise ApplicationNotFound
        # The queue first, because applications move from there to MongoDB.
        pending = self._find_pending(candidate_id, application_id)
        stored = self._applications.find(candidate_id, application_id)
        if stored:
            n = revision or stored.get("revision", 1)
            summary, content = self._revisions.find(stored, str(n))
            return AcceptedApplication(
                stored["_id"],
                candidate_id,
                stored["posting_id"],
                summary.accepted_at,
                hash_document(content),
                n,
            )
        if pending is None:
            raise ApplicationNotFound
        if revision > 1:
            raise RevisionNotFound
        return pending

    def _find_pending(self, candidate_id: str, application_id: str) -> AcceptedApplication | None:
        lanes = self._lanes.of(candidate_id)
        [state] = lanes.find_many([application_id])
        if state is None or state.done or state.job.lane != lanes.lane_name(candidate_id):
            return None
        application = read_application(state.job)
        if application is None:
            return None
        return AcceptedApplication(
            application_id,
            candidate_id,
            application.posting_id,
            state.job.accepted_at,
            hash_application(application),
        )
