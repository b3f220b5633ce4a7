"""What the applications worker does with a batch of jobs: store them, queue the confirmations."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pymongo.errors import PyMongoError

from chalicelib.mail.messages import KIND as MAIL
from chalicelib.mail.messages import confirmation_job
from chalicelib.queue import Done, FollowUp, StoreUnavailable, read_arguments
from chalicelib.recruiting.applications import Application, confirmation_id
from chalicelib.storage import insert_missing, is_outage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pymongo.collection import Collection
    from pymongo.database import Database

    from chalicelib.queue import ClaimedJob, Outcome
    from chalicelib.recruiting.postings import Posting, Postings


class Storing:
    """The handler of the lanes of applications.

    A batch costs one write and three reads, however many candidates it serves, and a few more when
    the queue took an application again that it had forgotten. Each document's _id is its job's id,
    so doing a job again changes nothing.
    """

    def __init__(self, database: Database[dict[str, Any]], postings: Postings) -> None:
        self._applications: Collection[dict[str, Any]] = database["applications"]
        self._accounts: Collection[dict[str, Any]] = database["accounts"]
        self._postings = postings

    def __call__(self, jobs: Sequence[ClaimedJob], /) -> list[Outcome]:
        """Store the applications of these jobs.

        Raises:
            StoreUnavailable: MongoDB cannot be reached.
            RuntimeError: it refused one of them; which, shows when each is stored alone.
        """
        applications, outcomes = read_arguments(jobs, Application)
        readable = [job for job in jobs if job.id in applications]
        try:
            names = self._names(applications)
            # Whoever deleted their account meanwhile leaves nothing behind.
            owned = [job for job in readable if applications[job.id].candidate_id in names]
            earlier = self._insert(owned, applications)
            postings = self._postings.by_id(
                application.posting_id for application in applications.values()
            )
        except PyMongoError as error:
            # Not the driver's own text: it may hold what candidates wrote.
            said = f"MongoDB: {type(error).__name__}"
            if is_outage(error):
                raise StoreUnavailable(said) from None
            raise RuntimeError(said) from None
        for job in readable:
            if job.id in earlier:
                outcomes[job.id] = Done({"duplicate_of": earlier[job.id]})
            else:
                outcomes[job.id] = _stored(job, applications[job.id], names, postings)
        return [outcomes[job.id] for job in jobs]

    def _insert(
        self, jobs: Sequence[ClaimedJob], applications: Mapping[str, Application]
    ) -> dict[str, str]:
        """Insert the documents. Returns the jobs that repeat an application, with its id."""
        now = datetime.now(UTC)
        documents = [_document(job, applications[job.id], now) for job in jobs]
        refused = insert_missing(self._applications, documents)
        if not refused:
            return {}
        ours = self._ours(refused)
        aliases = [self._alias(document) for document in refused if document["_id"] not in ours]
        insert_missing(self._applications, aliases)
        earlier = {job_id: first for job_id, first in ours.items() if first}
        return earlier | {alias["_id"]: alias["duplicate_of"] for alias in aliases}

    def _ours(self, refused: Sequence[dict[str, Any]]) -> dict[str, str | None]:
        """Of documents refused as duplicates those that an earlier attempt of the job wrote.

        It died before it could settle. With each, if that is an alias, the id that it leads to.
        """
        ids = [document["_id"] for document in refused]
        found = self._applications.find({"_id": {"$in": ids}}, {"duplicate_of": 1})
        return {document["_id"]: document.get("duplicate_of") for document in found}

    def _alias(self, document: dict[str, Any]) -> dict[str, Any]:
        """What is stored in place of an application that repeats an earlier one.

        The queue had forgotten the first one and gave the candidate a receipt with a new id. That
        is to lead to the first one for as long as that is kept.
        """
        posting = {"candidate_id": document["candidate_id"], "posting_id": document["posting_id"]}
        first = self._applications.find_one({**posting, "active": True}, {"_id": 1})
        if first is None:
            # Withdrawn between our insert and this look: the next attempt inserts it.
            raise RuntimeError("an application changed meanwhile")
        return {
            "_id": document["_id"],
            "candidate_id": document["candidate_id"],
            "duplicate_of": first["_id"],
            "active": False,
        }

    def _names(self, applications: Mapping[str, Application]) -> dict[str, dict[str, Any]]:
        wanted = sorted({application.candidate_id for application in applications.values()})
        if not wanted:
            return {}
        found = self._accounts.find({"_id": {"$in": wanted}}, {"name": 1, "email": 1})
        return {account["_id"]: account for account in found}


def _document(job: ClaimedJob, application: Application, now: datetime) -> dict[str, Any]:
    return {
        "_id": job.id,
        "candidate_id": application.candidate_id,
        "posting_id": application.posting_id,
        "cover_letter": application.draft.cover_letter,
        "links": application.draft.links,
        "active": True,
        "accepted_at": job.accepted_at,
        "stored_at": now,
        "correlation_id": job.correlation_id,
    }


def _stored(
    job: ClaimedJob,
    application: Application,
    names: Mapping[str, dict[str, Any]],
    postings: Mapping[str, Posting],
) -> Done:
    candidate = names.get(application.candidate_id)
    if candidate is None:
        return Done({"not_stored": "the account was deleted"})
    posting = postings.get(application.posting_id)
    if posting is None:
        # The posting was deleted meanwhile: stored, with nothing to say of it.
        return Done({"stored": job.id})
    mail = confirmation_job(
        mail_id=confirmation_id(job.id),
        to=candidate["email"],
        name=candidate["name"],
        title=posting.title,
        employer=posting.employer,
        application_id=job.id,
        accepted_at=job.accepted_at,
        correlation_id=job.correlation_id,
    )
    return Done({"stored": job.id}, (FollowUp(MAIL, application.candidate_id, mail),))
