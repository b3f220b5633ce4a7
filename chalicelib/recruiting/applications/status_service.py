"""Reports the status of a candidate's applications, one or all of them."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, cast

from pymongo.errors import PyMongoError

from chalicelib.common import times
from chalicelib.common.errors import InvalidField
from chalicelib.common.ids import is_id
from chalicelib.queue import REDIS_ERRORS
from chalicelib.recruiting.amendments.rules import refusal_of
from chalicelib.recruiting.amendments.timeline import amendment_timeline
from chalicelib.recruiting.applications.candidate_lane import LaneSnapshot
from chalicelib.recruiting.applications.errors import ApplicationNotFound
from chalicelib.recruiting.applications.events import events_of
from chalicelib.recruiting.applications.jobs import confirmation_id
from chalicelib.recruiting.applications.models import (
    ApplicationsPage,
    ApplicationStatus,
    PostingReference,
    QueuePosition,
    TimelineEvent,
)
from chalicelib.recruiting.applications.stage_timeline import stage_timeline
from chalicelib.recruiting.consents.models import consent_of
from chalicelib.recruiting.file_texts.repository import unread_files_of
from chalicelib.recruiting.postings.models import accepts_applications

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from chalicelib.notifications.ledger import MailLedger
    from chalicelib.recruiting.applications.candidate_lane import CandidateLanes
    from chalicelib.recruiting.applications.models import ApplicationsQuery, Event
    from chalicelib.recruiting.applications.repository import ApplicationRepository
    from chalicelib.recruiting.postings.models import Posting
    from chalicelib.recruiting.postings.repository import PostingRepository


class ApplicationStatusService:
    """Reports the status of applications, stored ones and pending ones.

    It reads the lane before the database. An application that is stored in between is then found in
    both, and the stored one counts. In the other order it could be found in neither.
    """

    def __init__(
        self,
        applications: ApplicationRepository,
        candidate_lanes: CandidateLanes,
        postings: PostingRepository,
        ledger: MailLedger,
    ) -> None:
        self._applications = applications
        self._candidate_lanes = candidate_lanes
        self._postings = postings
        self._ledger = ledger

    def get(self, candidate_id: str, application_id: str) -> ApplicationStatus:
        """Return the status of an application; for an alias, of the one it leads to.

        While MongoDB is down, a pending application is reported without its posting.

        Raises:
            ApplicationNotFound: the candidate has no application with this id.
            pymongo.errors.PyMongoError, redis.exceptions.RedisError: a store is down, and the other
                one does not have the application.
        """
        if not is_id(application_id):
            raise ApplicationNotFound
        redis_error: Exception | None = None
        lane = LaneSnapshot()
        try:
            lane = self._candidate_lanes.find_one(candidate_id, application_id)
        except REDIS_ERRORS as error:
            redis_error = error
        try:
            stored = self._applications.find(candidate_id, application_id)
        except PyMongoError:
            if application_id not in lane.applications:
                raise
            return _pending_status(application_id, lane, {})
        if stored is None:
            if redis_error:
                raise redis_error
            if application_id not in lane.applications:
                raise ApplicationNotFound
            posting_id = lane.applications[application_id].posting_id
            return _pending_status(application_id, lane, self._postings.find_many([posting_id]))
        if stored["_id"] != application_id:
            return self.get(candidate_id, stored["_id"])
        sent = self._ledger.find_sent([confirmation_id(application_id)])
        return _stored_status(stored, lane, sent, self._postings.find_many([stored["posting_id"]]))

    def page(
        self, candidate_id: str, query: ApplicationsQuery, *, needs_lane: bool = False
    ) -> ApplicationsPage:
        """Return a page of a candidate's applications, newest first, stored and pending ones.

        While Redis is down, the page has stored applications only. Then this raises instead if
        the caller ``needs_lane``.

        Raises:
            InvalidField: the cursor or the posting id is not an id.
            pymongo.errors.PyMongoError: MongoDB cannot be reached.
            redis.exceptions.RedisError: Redis cannot be reached, and the caller ``needs_lane``.
        """
        if query.cursor and not is_id(query.cursor):
            raise InvalidField("cursor", "Send the `next` of an earlier page, or leave it out")
        if query.posting_id and not is_id(query.posting_id):
            raise InvalidField("posting_id", "Send the id of a posting, or leave it out")
        # One more than requested shows whether there is a next page.
        count = query.limit + 1
        filters = {"before": query.cursor, "posting_id": query.posting_id}
        try:
            lane = self._candidate_lanes.find_newest(candidate_id, **filters, count=count)
        except REDIS_ERRORS:
            if needs_lane:
                raise
            lane = LaneSnapshot()
        pending = lane.applications
        stored = {
            document["_id"]: document
            for document in self._applications.find_newest(
                candidate_id, **filters, count=count, known=sorted(pending)
            )
        }
        aliases = {one for one, document in stored.items() if "duplicate_of" in document}
        # The lane was read only down to this id, so the page must not go further.
        oldest = min(pending) if len(pending) >= count else ""
        ids = sorted((stored.keys() | pending.keys()) - aliases, reverse=True)
        ids = [one for one in ids if one >= oldest]
        shown = ids[: query.limit]
        cursor = shown[-1] if len(ids) > len(shown) else oldest
        return ApplicationsPage(self._statuses(shown, stored, lane), cursor or None)

    def _statuses(
        self, ids: Sequence[str], stored: Mapping[str, dict[str, Any]], lane: LaneSnapshot
    ) -> list[ApplicationStatus]:
        if not ids:
            return []
        sent = self._ledger.find_sent([confirmation_id(one) for one in ids if one in stored])
        postings = self._postings.find_many(
            stored[one]["posting_id"] if one in stored else lane.applications[one].posting_id
            for one in ids
        )
        return [
            _stored_status(stored[one], lane, sent, postings)
            if one in stored
            else _pending_status(one, lane, postings)
            for one in ids
        ]


def _pending_status(
    application_id: str, lane: LaneSnapshot, postings: Mapping[str, Posting]
) -> ApplicationStatus:
    application = lane.applications[application_id]
    withdrawing = application_id in lane.withdrawing
    position = None if withdrawing else application.position
    return ApplicationStatus(
        application_id,
        application.posting_id,
        _reference(postings.get(application.posting_id)),
        "withdrawing" if withdrawing else "accepted",
        [TimelineEvent("accepted", application.accepted_at)],
        QueuePosition(position.position, position.ahead, position.seconds) if position else None,
        amending=application_id in lane.amending,
    )


def _stored_status(
    stored: dict[str, Any],
    lane: LaneSnapshot,
    sent: Mapping[str, datetime],
    postings: Mapping[str, Posting],
) -> ApplicationStatus:
    reached: dict[Event, datetime | None] = {
        "accepted": stored["accepted_at"],
        "stored": stored.get("stored_at"),
        "mailed": sent.get(confirmation_id(stored["_id"])),
    }
    timeline = [TimelineEvent(event, at) for event, at in reached.items() if at]
    now, events = times.now(), events_of(stored)
    stages = stage_timeline(events, now)
    status = cast("Event", (stages or timeline)[-1].event)
    timeline += sorted(stages + amendment_timeline(events), key=attrgetter("at"))
    if "withdrawn_at" in stored:
        timeline.append(TimelineEvent("withdrawn", stored["withdrawn_at"]))
        status = "withdrawn"
    withdrawing = "withdrawn_at" not in stored and stored["_id"] in lane.withdrawing
    posting = postings.get(stored["posting_id"])
    return ApplicationStatus(
        stored["_id"],
        stored["posting_id"],
        _reference(posting),
        "withdrawing" if withdrawing else status,
        timeline,
        unread_files=unread_files_of(stored),
        revision=stored.get("revision", 1),
        amendable=not withdrawing
        and posting is not None
        and accepts_applications(posting, now)
        and refusal_of(stored, events, now) is None,
        amending=stored["_id"] in lane.amending,
        consent=consent_of(stored),
    )


def _reference(posting: Posting | None) -> PostingReference | None:
    if posting is None:
        return None
    return PostingReference(posting.id, posting.title, posting.employer, posting.location)
