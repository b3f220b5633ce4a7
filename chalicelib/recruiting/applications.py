"""Applications: accepted into the candidate's lane at once, stored by a worker soon after."""

from __future__ import annotations

from datetime import UTC, datetime
from math import ceil
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from pymongo.errors import PyMongoError

from chalicelib.errors import (
    ApplicationNotFound,
    KeyReused,
    PostingClosed,
    PostingNotFound,
    Problem,
    TooMany,
)
from chalicelib.identifiers import is_id, new_id
from chalicelib.queue import ClosedGate, LaneFull, NewJob, NotAccepted, RateExceeded, UnknownGate
from chalicelib.queue import KeyReused as LanesKeyReused
from chalicelib.recruiting.wording import in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pymongo.collection import Collection
    from pymongo.database import Database

    from chalicelib.http.idempotency import Idempotency
    from chalicelib.mail.ledger import Ledger
    from chalicelib.queue import Accepted, Rate, Shards, Wake
    from chalicelib.recruiting.postings import Postings
    from chalicelib.recruiting.receipts import Receipt, Receipts

KIND = "applications"
PAGE = 50
FULL_LANE_RETRY_SECONDS = 5
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


class Waiting(msgspec.Struct, frozen=True):
    """How long an application still waits.

    ``position`` is its place in the candidate's own lane (from 1), ``ahead`` how many of all
    candidates' are stored before it, ``seconds`` about how long that takes, if that is known.
    """

    position: int
    ahead: int
    seconds: float | None


class Progress(msgspec.Struct, frozen=True, omit_defaults=True):
    """An application as its candidate sees it; ``status`` is the last step of the timeline."""

    id: str
    posting_id: str
    status: str
    timeline: list[Step]
    waiting: Waiting | None = None


class Applications:
    """Accepting applications, and telling how far they are.

    The collection holds applications, and aliases of them: what ``duplicate_of`` another one is a
    receipt that was given for an application that there was already.
    """

    def __init__(
        self,
        database: Database[dict[str, Any]],
        lanes: Shards,
        postings: Postings,
        ledger: Ledger,
        wake: Callable[[Wake], None],
        receipts: Receipts,
    ) -> None:
        self._applications: Collection[dict[str, Any]] = database["applications"]
        self._lanes = lanes
        self._postings = postings
        self._ledger = ledger
        self._wake = wake
        self._receipts = receipts

    def prepare(self) -> None:
        """Create the indexes. May be repeated."""
        self._applications.create_index(
            [("candidate_id", 1), ("posting_id", 1)],
            unique=True,
            partialFilterExpression={"active": True},
            name="one_active_application",
        )

    def apply(
        self,
        candidate_id: str,
        posting_id: str,
        draft: Draft,
        correlation_id: str,
        idempotency: Idempotency | None = None,
    ) -> tuple[Receipt, bool]:
        """Accept an application: one round trip to Redis, and a drain woken if one is wanted.

        Applying again for the same posting gives the receipt of the first application and changes
        nothing, so a candidate whose connection broke can simply press the button again. With an
        idempotency key the answer is that of the first call for a day, whatever happened since.

        Returns:
            The receipt, and whether it is that of an earlier call.

        Raises:
            PostingNotFound, PostingClosed, KeyReused, TooMany: nothing was accepted.
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
            accepted = self._accept(candidate_id, posting_id, job, idempotency)
        except UnknownGate:
            # A posting that the database knows and the queue does not: the queue's memory is gone.
            self._postings.reopen(posting_id)
            accepted = self._accept(candidate_id, posting_id, job, idempotency)
        if accepted.wake:
            self._wake(accepted.wake)
        # Not accepted.repeat: when the client repeats this very call over a new connection, the
        # queue knows the job, and to the candidate it is new all the same.
        repeat = accepted.job_id != job.id
        return self._receipts.sign(posting_id, accepted), repeat

    def progress(self, candidate_id: str, application_id: str) -> Progress:
        """How far an application is; of an alias, how far the one is that it leads to.

        Raises:
            ApplicationNotFound: this candidate has none with this id.
        """
        if not is_id(application_id):
            raise ApplicationNotFound
        try:
            stored = self._stored(candidate_id, application_id)
        except PyMongoError:
            # What waits in a lane can be told without the database.
            return self._waiting(candidate_id, application_id)
        if stored is None:
            return self._waiting(candidate_id, application_id)
        mail = confirmation_id(stored["_id"])
        return _progress(stored, self._ledger.sent([mail]).get(mail))

    def forget(self, candidate_id: str) -> None:
        """Delete a candidate's applications and aliases; what waits is not stored any more."""
        self._applications.delete_many({"candidate_id": candidate_id})

    def of_candidate(self, candidate_id: str) -> list[Progress]:
        """The stored applications of a candidate, newest first, at most 50."""
        own = {"candidate_id": candidate_id, "duplicate_of": {"$exists": False}}
        documents = list(self._applications.find(own).sort("_id", -1).limit(PAGE))
        sent = self._ledger.sent([confirmation_id(document["_id"]) for document in documents])
        return [
            _progress(document, sent.get(confirmation_id(document["_id"])))
            for document in documents
        ]

    def _stored(self, candidate_id: str, application_id: str) -> dict[str, Any] | None:
        """The document of an application, or of the one that an alias leads to."""
        query = {"_id": application_id, "candidate_id": candidate_id}
        stored = self._applications.find_one(query)
        if stored and "duplicate_of" in stored:
            return self._applications.find_one({**query, "_id": stored["duplicate_of"]})
        return stored

    def _accept(
        self, candidate_id: str, posting_id: str, job: NewJob, idempotency: Idempotency | None
    ) -> Accepted:
        try:
            return self._lanes.of(candidate_id).accept(
                candidate_id,
                job,
                gate=posting_id,
                once=posting_id,
                key=idempotency.key if idempotency else None,
                fingerprint=idempotency.fingerprint if idempotency else "-",
            )
        except UnknownGate:
            raise
        except NotAccepted as refused:
            if isinstance(refused, LaneFull) and refused.wake:
                # It is full because nobody serves it, and this caller is the one to notice.
                self._wake(refused.wake)
            raise _problem(refused, self._lanes.of(candidate_id).limits.rates) from refused

    def _waiting(self, candidate_id: str, application_id: str) -> Progress:
        lanes = self._lanes.of(candidate_id)
        job = lanes.find(application_id)
        if job is None or job.lane != lanes.lane(candidate_id):
            raise ApplicationNotFound
        application = msgspec.convert(job.kwargs(), Application)
        place = lanes.place(application_id)
        if place and place.wake:
            # It waits and nothing runs: whoever was to wake a worker has died.
            self._wake(place.wake)
        return Progress(
            application_id,
            application.posting_id,
            "accepted",
            [Step("accepted", job.accepted_at)],
            Waiting(place.position, place.ahead, place.seconds) if place else None,
        )


def _problem(refused: NotAccepted, rates: Sequence[Rate]) -> Problem:
    """What the caller is told of a job that was not taken."""
    match refused:
        case ClosedGate(closed_at=closed_at):
            return PostingClosed(f"It closed at {closed_at.isoformat()}.")
        case LanesKeyReused():
            return KeyReused("Choose a new key for a new application.")
        case RateExceeded(again_at=again_at):
            seconds = ceil((again_at - datetime.now(UTC)).total_seconds())
            return TooMany(f"We take at most {in_words(rates)}.", retry_after=seconds)
        case LaneFull():
            return TooMany(
                "Your earlier applications are still on their way.", FULL_LANE_RETRY_SECONDS
            )
        case _:
            return PostingNotFound()


def _progress(stored: dict[str, Any], mailed_at: datetime | None) -> Progress:
    timeline = [Step("accepted", stored["accepted_at"]), Step("stored", stored["stored_at"])]
    if mailed_at:
        timeline.append(Step("mailed", mailed_at))
    return Progress(stored["_id"], stored["posting_id"], timeline[-1].event, timeline)


def confirmation_id(application_id: str) -> str:
    """The id in the mail ledger of the confirmation of an application."""
    return f"application-confirmation-{application_id}"
