"""Following applications: how far each is, one or all of a candidate's."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from pymongo.errors import PyMongoError

from chalicelib.common.errors import InvalidField
from chalicelib.common.ids import is_id
from chalicelib.queue import REDIS_ERRORS
from chalicelib.recruiting.applications.candidate_lane import Seen
from chalicelib.recruiting.applications.errors import ApplicationNotFound
from chalicelib.recruiting.applications.repository import confirmation_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chalicelib.notifications.ledger import MailLedger
    from chalicelib.recruiting.applications.candidate_lane import CandidateLanes
    from chalicelib.recruiting.applications.repository import Applications
    from chalicelib.recruiting.postings.repository import Posting, Postings


_Event = Literal["accepted", "stored", "mailed", "withdrawn"]


class Step(msgspec.Struct, frozen=True):
    """One step on an application's way and when it was done."""

    event: _Event
    at: datetime


class Waiting(msgspec.Struct, frozen=True):
    """How long an application still waits.

    ``position`` is its place in the candidate's own lane (from 1), ``ahead`` how many of all
    candidates' are stored before it, ``seconds`` about how long that takes, if that is known.
    """

    position: int
    ahead: int
    seconds: float | None


class PostingNamed(msgspec.Struct, frozen=True):
    """What a posting is called, beside an application for it."""

    id: str
    title: str
    employer: str
    location: str


class Progress(msgspec.Struct, frozen=True, omit_defaults=True):
    """An application as its candidate sees it.

    ``status`` is the last step of the timeline, or ``withdrawing`` while its withdrawal is accepted
    and not done. ``posting`` is null when the posting is gone. ``waiting`` is there while it waits
    to be stored.
    """

    id: str
    posting_id: str
    posting: PostingNamed | None
    status: _Event | Literal["withdrawing"]
    timeline: list[Step]
    waiting: Waiting | None = None


class ApplicationsPage(msgspec.Struct, frozen=True):
    """A page of a candidate's applications; ``next`` is the cursor of the one after it."""

    applications: list[Progress]
    next: str | None


class ApplicationsQuery(msgspec.Struct, frozen=True):
    """Which page of a candidate's applications is asked for."""

    posting_id: str = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=50)] = 20
    cursor: str = ""


class ApplicationStatusService:
    """Tells candidates of their applications: those stored, and those in their lanes.

    The lane is always looked at before the database. What is stored meanwhile is then seen in both,
    and what is stored counts; the other way round it could be seen in neither.
    """

    def __init__(
        self,
        applications: Applications,
        own_lanes: CandidateLanes,
        postings: Postings,
        ledger: MailLedger,
    ) -> None:
        self._applications = applications
        self._own_lanes = own_lanes
        self._postings = postings
        self._ledger = ledger

    def progress(self, candidate_id: str, application_id: str) -> Progress:
        """How far an application is; of an alias, how far the one is that it leads to.

        While the database is down, what waits is told without its posting.

        Raises:
            ApplicationNotFound: this candidate has none with this id.
            pymongo.errors.PyMongoError, redis.exceptions.RedisError: it is not known whether there
                is one.
        """
        if not is_id(application_id):
            raise ApplicationNotFound
        redis_error: Exception | None = None
        seen = Seen()
        try:
            seen = self._own_lanes.one(candidate_id, application_id)
        except REDIS_ERRORS as error:
            redis_error = error
        try:
            stored = self._applications.find(candidate_id, application_id)
        except PyMongoError:
            if application_id not in seen.applications:
                raise
            return _undone(application_id, seen, {})
        if stored is None:
            if redis_error:
                raise redis_error
            if application_id not in seen.applications:
                raise ApplicationNotFound
            posting_id = seen.applications[application_id].posting_id
            return _undone(application_id, seen, self._postings.by_id([posting_id]))
        if stored["_id"] != application_id:
            return self.progress(candidate_id, stored["_id"])
        sent = self._ledger.sent([confirmation_id(application_id)])
        return _stored(stored, seen, sent, self._postings.by_id([stored["posting_id"]]))

    def page(self, candidate_id: str, asked: ApplicationsQuery) -> ApplicationsPage:
        """A candidate's applications, newest first: those stored and those in their lane.

        While Redis is down, those that are stored.

        Raises:
            InvalidField: the cursor, or the id of the posting, is none.
            pymongo.errors.PyMongoError: the database cannot be reached.
        """
        if asked.cursor and not is_id(asked.cursor):
            raise InvalidField("cursor", "Give a `next` of an earlier answer, or none")
        if asked.posting_id and not is_id(asked.posting_id):
            raise InvalidField("posting_id", "Give the id of a posting, or none")
        # One more than is shown tells whether there is a next page.
        most = asked.limit + 1
        which = {"before": asked.cursor, "posting_id": asked.posting_id}
        try:
            seen = self._own_lanes.newest(candidate_id, **which, most=most)
        except REDIS_ERRORS:
            seen = Seen()
        stored = {
            document["_id"]: document
            for document in self._applications.newest(
                candidate_id, **which, most=most, known=sorted(seen.applications)
            )
        }
        aliases = {one for one, document in stored.items() if "duplicate_of" in document}
        # What is older than these may be in the lane too, and was not looked at.
        oldest = min(seen.applications) if len(seen.applications) >= most else ""
        ids = sorted((stored.keys() | seen.applications.keys()) - aliases, reverse=True)
        ids = [one for one in ids if one >= oldest]
        shown = ids[: asked.limit]
        cursor = shown[-1] if len(ids) > len(shown) else oldest
        return ApplicationsPage(self._described(shown, stored, seen), cursor or None)

    def _described(
        self, ids: Sequence[str], stored: Mapping[str, dict[str, Any]], seen: Seen
    ) -> list[Progress]:
        if not ids:
            return []
        sent = self._ledger.sent([confirmation_id(one) for one in ids if one in stored])
        postings = self._postings.by_id(
            stored[one]["posting_id"] if one in stored else seen.applications[one].posting_id
            for one in ids
        )
        return [
            _stored(stored[one], seen, sent, postings)
            if one in stored
            else _undone(one, seen, postings)
            for one in ids
        ]


def _undone(application_id: str, seen: Seen, postings: Mapping[str, Posting]) -> Progress:
    application = seen.applications[application_id]
    withdrawing = application_id in seen.withdrawing
    place = None if withdrawing else application.place
    return Progress(
        application_id,
        application.posting_id,
        _named(postings.get(application.posting_id)),
        "withdrawing" if withdrawing else "accepted",
        [Step("accepted", application.accepted_at)],
        Waiting(place.position, place.ahead, place.seconds) if place else None,
    )


def _stored(
    stored: dict[str, Any],
    seen: Seen,
    sent: Mapping[str, datetime],
    postings: Mapping[str, Posting],
) -> Progress:
    times: dict[_Event, datetime | None] = {
        "accepted": stored["accepted_at"],
        "stored": stored.get("stored_at"),
        "mailed": sent.get(confirmation_id(stored["_id"])),
        "withdrawn": stored.get("withdrawn_at"),
    }
    timeline = [Step(event, at) for event, at in times.items() if at]
    withdrawing = not times["withdrawn"] and stored["_id"] in seen.withdrawing
    return Progress(
        stored["_id"],
        stored["posting_id"],
        _named(postings.get(stored["posting_id"])),
        "withdrawing" if withdrawing else timeline[-1].event,
        timeline,
    )


def _named(posting: Posting | None) -> PostingNamed | None:
    if posting is None:
        return None
    return PostingNamed(posting.id, posting.title, posting.employer, posting.location)
