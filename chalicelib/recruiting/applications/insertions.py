"""Stores applications. Doing it again changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.common import times
from chalicelib.recruiting.applications.contents import ORIGIN, ORIGIN_DUE, content_of
from chalicelib.recruiting.applications.events import first_events

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from chalicelib.queue import ClaimedJob
    from chalicelib.recruiting.applications.jobs import Application
    from chalicelib.recruiting.applications.repository import ApplicationRepository
    from chalicelib.recruiting.consents.checker import NoticeChecker
    from chalicelib.recruiting.pipeline.postings import PostingPipeline


class StoreEffect(msgspec.Struct, frozen=True):
    """What storing an application did.

    Args:
        duplicate_of: the earlier application that this one repeats, or None.
        was_withdrawn: whether the application was withdrawn before.
    """

    duplicate_of: str | None = None
    was_withdrawn: bool = False


class InsertionProcessor:
    """Stores applications with one write for a whole batch.

    It takes a few reads and writes more if the queue accepted an application again because it had
    forgotten the first. The ``_id`` of a document is the id of its job.
    """

    def __init__(self, applications: ApplicationRepository, notices: NoticeChecker) -> None:
        self._applications = applications
        self._notices = notices

    def process(
        self,
        jobs: Sequence[ClaimedJob],
        applications: Mapping[str, Application],
        pipelines: Mapping[str, PostingPipeline],
    ) -> dict[str, StoreEffect]:
        """Store the applications of jobs. Return the effect of each job, by job id.

        Args:
            jobs: the jobs.
            applications: their arguments, by job id.
            pipelines: the postings of the applications, by id.

        Raises:
            RuntimeError: an earlier application was withdrawn meanwhile.
            pymongo.errors.PyMongoError: some applications may be stored.
        """
        now = times.now()
        effects = dict.fromkeys((job.id for job in jobs), StoreEffect())
        documents = [_document(job, applications[job.id], pipelines, now) for job in jobs]
        self._add_consents(documents, applications)
        refused = self._applications.insert(documents)
        if not refused:
            return effects
        # A document under its own id was stored by an earlier attempt, which died before it
        # settled; or it is the tombstone of a withdrawal.
        own = self._applications.find_outcomes([document["_id"] for document in refused])
        aliases = [self._alias(document) for document in refused if document["_id"] not in own]
        self._applications.insert(aliases)
        for document in (*own.values(), *aliases):
            effects[document["_id"]] = StoreEffect(
                document.get("duplicate_of"), "withdrawn_at" in document
            )
        return effects

    def _add_consents(
        self, documents: Sequence[dict[str, Any]], applications: Mapping[str, Application]
    ) -> None:
        """Add the notices that candidates agreed to. A notice that is not valid is left out."""
        named = {
            one["_id"]: (notice, one.get("employer_id"))
            for one in documents
            if (notice := applications[one["_id"]].draft.consent)
        }
        valid = self._notices.valid(named.values()) if named else ()
        for document in documents:
            pair = named.get(document["_id"])
            if pair and pair in valid:
                # A candidate agrees when the application is accepted.
                document["consent"] = {"notice": pair[0], "at": document["accepted_at"]}

    def _alias(self, document: dict[str, Any]) -> dict[str, Any]:
        """Return the alias to store in place of an application that repeats an earlier one.

        The queue had forgotten the earlier application and gave the candidate a receipt with a new
        id. The alias makes that receipt lead to the earlier application.
        """
        first_id = self._applications.find_active_id(
            document["candidate_id"], document["posting_id"]
        )
        if first_id is None:
            # It was withdrawn after our insert was refused. The next attempt inserts the document.
            raise RuntimeError("the earlier application was withdrawn meanwhile")
        return {
            "_id": document["_id"],
            "candidate_id": document["candidate_id"],
            "posting_id": document["posting_id"],
            "duplicate_of": first_id,
            "active": False,
            "accepted_at": document["accepted_at"],
        }


def _document(
    job: ClaimedJob,
    application: Application,
    pipelines: Mapping[str, PostingPipeline],
    now: datetime,
) -> dict[str, Any]:
    events = first_events(job.accepted_at, now)
    document = {
        "_id": job.id,
        "candidate_id": application.candidate_id,
        "posting_id": application.posting_id,
        **content_of(application.draft, application.knock_outs, application.files),
        "active": True,
        "accepted_at": job.accepted_at,
        "stored_at": now,
        "events": events,
        "version": len(events),
        "correlation_id": job.correlation_id,
    }
    if application.origin:
        # The sweep looks at it as soon as it can.
        document |= {ORIGIN: application.origin, ORIGIN_DUE: job.accepted_at}
    pipeline = pipelines.get(application.posting_id)
    if pipeline and pipeline.employer_id:
        document |= {
            "employer_id": pipeline.employer_id,
            "stage": pipeline.first_stage.id,
            "entered_at": now,
        }
    return document
