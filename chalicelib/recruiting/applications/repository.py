"""Applications: what is sent, what stands in their jobs, and what is stored of them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from chalicelib.common.ids import is_id
from chalicelib.queue import UnreadableJob

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pymongo.collection import Collection
    from pymongo.database import Database

    from chalicelib.queue import ClaimedJob

KIND = "applications"
STORE = "chalicelib.jobs.store_application"
WITHDRAW = "chalicelib.jobs.withdraw_application"

_WITHDRAWAL = "withdraw-"

Link = Annotated[str, msgspec.Meta(pattern=r"^https://[^\s]+$(?!\n)", max_length=500)]


class Draft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a candidate sends to apply."""

    cover_letter: Annotated[str, msgspec.Meta(max_length=20_000)] = ""
    links: Annotated[list[Link], msgspec.Meta(max_length=5)] = []


class Application(msgspec.Struct, frozen=True):
    """The arguments of the job that stores an application. The job's id is the application's."""

    candidate_id: str
    posting_id: str
    draft: Draft


class Withdrawal(msgspec.Struct, frozen=True):
    """The arguments of the job that withdraws an application; ``accepted_at`` is when that was."""

    candidate_id: str
    application_id: str
    posting_id: str
    accepted_at: datetime


def confirmation_id(application_id: str) -> str:
    """The id in the mail ledger of the confirmation of an application."""
    return f"application-confirmation-{application_id}"


def withdrawal_id(application_id: str) -> str:
    """The id of the job that withdraws an application: there is one, however often it is asked."""
    return f"{_WITHDRAWAL}{application_id}"


def withdrawn_by(job_id: str) -> str | None:
    """The application that a job of this id withdraws, or None if it is no such job."""
    application_id = job_id.removeprefix(_WITHDRAWAL)
    return application_id if application_id != job_id and is_id(application_id) else None


def read_application(job: ClaimedJob) -> Application | None:
    """What a job in a candidate's lane is to store, or None if it is no application."""
    try:
        return msgspec.convert(job.kwargs(), Application)
    except (UnreadableJob, msgspec.ValidationError):
        return None


class Applications:
    """The stored applications.

    The collection holds applications, and aliases of them: what is ``duplicate_of`` another one is
    a receipt that was given for an application that there was already. What is withdrawn has
    ``withdrawn_at``; without ``stored_at`` it was withdrawn before it was stored, and is not any
    more.
    """

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._applications: Collection[dict[str, Any]] = database["applications"]

    def prepare(self) -> None:
        """Create the indexes. May be repeated."""
        self._applications.create_index(
            [("candidate_id", 1), ("posting_id", 1)],
            unique=True,
            partialFilterExpression={"active": True},
            name="one_active_application",
        )
        self._applications.create_index(
            [("candidate_id", 1), ("_id", -1)], name="applications_of_a_candidate"
        )

    def forget(self, candidate_id: str) -> None:
        """Delete a candidate's applications and aliases; what waits is not stored any more."""
        self._applications.delete_many({"candidate_id": candidate_id})

    def find(self, candidate_id: str, application_id: str) -> dict[str, Any] | None:
        """A candidate's application; of an alias, the one that it leads to."""
        query = {"_id": application_id, "candidate_id": candidate_id}
        stored = self._applications.find_one(query)
        if stored and "duplicate_of" in stored:
            return self._applications.find_one({**query, "_id": stored["duplicate_of"]})
        return stored

    def aliases(self, candidate_id: str, application_id: str) -> list[str]:
        """The ids that lead to a candidate's application."""
        found = self._applications.find(
            {"candidate_id": candidate_id, "duplicate_of": application_id}, {"_id": 1}
        )
        return [alias["_id"] for alias in found]

    def newest(
        self,
        candidate_id: str,
        *,
        before: str,
        posting_id: str,
        most: int,
        known: Sequence[str],
    ) -> list[dict[str, Any]]:
        """A candidate's applications, newest first: at least ``most``, if there are as many.

        ``before`` is an id from which on they are left out, ``posting_id`` the posting that they
        are for, each of them an empty text for all. What is stored under one of the ``known`` ids
        is among them, also an alias.
        """
        query: dict[str, Any] = {"candidate_id": candidate_id}
        if before:
            query["_id"] = {"$lt": before}
        own: dict[str, Any] = {"duplicate_of": {"$exists": False}}
        if posting_id:
            own["posting_id"] = posting_id
        query |= {"$or": [own, {"_id": {"$in": list(known)}}]} if known else own
        return list(self._applications.find(query).sort("_id", -1).limit(most + len(known)))
