"""Applications: accepted into the candidate's lane at once, stored by a worker soon after."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from pymongo.errors import PyMongoError

from chalicelib.errors import ApplicationNotFound, PostingClosed, PostingNotFound
from chalicelib.identifiers import is_id, new_id
from chalicelib.queue import ClosedGate, NewJob, UnknownGate

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymongo.collection import Collection
    from pymongo.database import Database

    from chalicelib.mail.ledger import Ledger
    from chalicelib.queue import Accepted, Lanes
    from chalicelib.recruiting.postings import Postings

KIND = "applications"
PAGE = 50
FUNCTION = "chalicelib.jobs.store_application"

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


class Step(msgspec.Struct, frozen=True):
    """One step on an application's way and when it was done."""

    event: Literal["accepted", "stored", "mailed"]
    at: datetime


class Progress(msgspec.Struct, frozen=True):
    """An application as its candidate sees it; ``status`` is the last step of the timeline."""

    id: str
    posting_id: str
    status: str
    timeline: list[Step]


class Receipt(msgspec.Struct, frozen=True):
    """The answer to an accepted application. ``position`` is its place in the candidate's lane."""

    id: str
    posting_id: str
    status: str
    accepted_at: datetime
    position: int


class Applications:
    """Accepting applications, and telling how far they are."""

    def __init__(
        self,
        database: Database[dict[str, Any]],
        lanes: Lanes,
        postings: Postings,
        ledger: Ledger,
        wake: Callable[[str, str], None],
    ) -> None:
        self._applications: Collection[dict[str, Any]] = database["applications"]
        self._lanes = lanes
        self._postings = postings
        self._ledger = ledger
        self._wake = wake

    def prepare(self) -> None:
        """Create the indexes. May be repeated."""
        self._applications.create_index(
            [("candidate_id", 1), ("posting_id", 1)],
            unique=True,
            partialFilterExpression={"active": True},
            name="one_active_application",
        )

    def apply(
        self, candidate_id: str, posting_id: str, draft: Draft, correlation_id: str
    ) -> tuple[Receipt, bool]:
        """Accept an application: one round trip to Redis, and a drain woken if one is wanted.

        Applying again for the same posting gives the receipt of the first application and changes
        nothing, so a candidate whose connection broke can simply press the button again.

        Returns:
            The receipt, and whether it is that of an earlier call.

        Raises:
            PostingNotFound, PostingClosed: nothing was accepted.
            redis.exceptions.RedisError: try again.
        """
        if not is_id(posting_id):
            raise PostingNotFound
        job = NewJob(
            id=new_id(),
            function=FUNCTION,
            kwargs=msgspec.to_builtins(Application(candidate_id, posting_id, draft)),
            description=f"store an application for posting {posting_id}",
            correlation_id=correlation_id,
        )
        try:
            accepted = self._accept(candidate_id, posting_id, job)
        except UnknownGate:
            # A posting that the database knows and the queue does not: the queue's memory is gone.
            self._postings.reopen(posting_id)
            accepted = self._accept(candidate_id, posting_id, job)
        if accepted.wake:
            self._wake(KIND, accepted.wake)
        # Not accepted.repeat: when the client repeats this very call over a new connection, the
        # queue knows the job, and to the candidate it is new all the same.
        repeat = accepted.job_id != job.id
        receipt = Receipt(
            id=accepted.job_id,
            posting_id=posting_id,
            status="accepted",
            accepted_at=accepted.accepted_at,
            position=accepted.position,
        )
        return receipt, repeat

    def progress(self, candidate_id: str, application_id: str) -> Progress:
        """How far an application is.

        Raises:
            ApplicationNotFound: this candidate has none with this id.
        """
        if not is_id(application_id):
            raise ApplicationNotFound
        query = {"_id": application_id, "candidate_id": candidate_id}
        try:
            stored = self._applications.find_one(query)
        except PyMongoError:
            # What waits in a lane can be told without the database.
            return self._waiting(candidate_id, application_id)
        if stored is None:
            return self._waiting(candidate_id, application_id)
        mail = confirmation_id(application_id)
        return _progress(stored, self._ledger.sent([mail]).get(mail))

    def of_candidate(self, candidate_id: str) -> list[Progress]:
        """The stored applications of a candidate, newest first, at most 50."""
        found = self._applications.find({"candidate_id": candidate_id}).sort("_id", -1).limit(PAGE)
        documents = list(found)
        sent = self._ledger.sent([confirmation_id(document["_id"]) for document in documents])
        return [
            _progress(document, sent.get(confirmation_id(document["_id"])))
            for document in documents
        ]

    def _accept(self, candidate_id: str, posting_id: str, job: NewJob) -> Accepted:
        try:
            return self._lanes.accept(candidate_id, job, gate=posting_id, once=posting_id)
        except ClosedGate as closed:
            raise PostingClosed(f"It closed at {closed.closed_at.isoformat()}.") from closed

    def _waiting(self, candidate_id: str, application_id: str) -> Progress:
        job = self._lanes.waiting(application_id)
        if job is None or job.lane != self._lanes.lane(candidate_id):
            raise ApplicationNotFound
        application = msgspec.convert(job.kwargs(), Application)
        return Progress(
            application_id,
            application.posting_id,
            "accepted",
            [Step("accepted", job.accepted_at)],
        )


def _progress(stored: dict[str, Any], mailed_at: datetime | None) -> Progress:
    timeline = [Step("accepted", stored["accepted_at"]), Step("stored", stored["stored_at"])]
    if mailed_at:
        timeline.append(Step("mailed", mailed_at))
    return Progress(stored["_id"], stored["posting_id"], timeline[-1].event, timeline)


def confirmation_id(application_id: str) -> str:
    """The id in the mail ledger of the confirmation of an application."""
    return f"application-confirmation-{application_id}"
