"""Reads the applications of a candidate as an export has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.queue import UnreadableJob
from chalicelib.recruiting.applications.contents import content_of
from chalicelib.recruiting.applications.errors import RevisionNotFound
from chalicelib.recruiting.applications.events import STAGE_EVENTS, events_of
from chalicelib.recruiting.applications.jobs import (
    AMEND,
    Amendment,
    Application,
    amended_application_id,
    confirmation_id,
    read_application,
)
from chalicelib.recruiting.applications.models import ApplicationsQuery
from chalicelib.recruiting.consents.errors import NoticeNotFound
from chalicelib.recruiting.forms.answer_texts import reviewed_answers
from chalicelib.recruiting.pipeline.emails import rejection_email_id, stage_email_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from chalicelib.queue import ClaimedJob, Shards
    from chalicelib.recruiting.amendments.revision_reader import RevisionReader
    from chalicelib.recruiting.applications.models import ApplicationStatus
    from chalicelib.recruiting.applications.repository import ApplicationRepository
    from chalicelib.recruiting.applications.status_service import ApplicationStatusService
    from chalicelib.recruiting.consents.service import NoticeService
    from chalicelib.recruiting.forms.repository import FormRepository

    Document = Mapping[str, Any]

_PAGE = 50
_FILE_FIELDS = ("id", "name", "type", "bytes", "sha256", "question_id")


class ExportedApplication(msgspec.Struct, frozen=True):
    """An application in an export.

    Args:
        id: its id.
        title: the title of the posting; blank if the posting was deleted.
        employer: the name of the employer.
        content: what the export says about it.
        links: the links of the newest revision.
        revisions: the number of its newest revision, of which there are receipts.
        mail_ids: the e-mails that may have been sent about it, by id, each with its kind.
    """

    id: str
    title: str
    employer: str
    content: dict[str, Any]
    links: tuple[str, ...]
    revisions: int
    mail_ids: dict[str, str]


class ApplicationExporter:
    """Reads applications, stored ones and those that wait or are dead-lettered.

    Args:
        statuses: the applications as their candidates see them.
        applications: the stored applications.
        revisions: their revisions.
        forms: the questions that they answered.
        notices: the privacy notices that candidates agreed to.
        lanes: the lanes of the candidates.
    """

    def __init__(
        self,
        statuses: ApplicationStatusService,
        applications: ApplicationRepository,
        revisions: RevisionReader,
        forms: FormRepository,
        notices: NoticeService,
        lanes: Shards,
    ) -> None:
        self._statuses = statuses
        self._applications = applications
        self._revisions = revisions
        self._forms = forms
        self._notices = notices
        self._lanes = lanes

    def read(self, candidate_id: str) -> Iterator[ExportedApplication]:
        """Yield all applications of a candidate, the newest first.

        Raises:
            pymongo.errors.PyMongoError, redis.exceptions.RedisError: a store is unavailable.
        """
        cursor = ""
        while True:
            query = ApplicationsQuery(limit=_PAGE, cursor=cursor)
            page = self._statuses.page(candidate_id, query, needs_lane=True)
            for status in page.applications:
                yield self._application(candidate_id, status)
            if page.next is None:
                return
            cursor = page.next

    def _application(self, candidate_id: str, status: ApplicationStatus) -> ExportedApplication:
        # The lane first, because jobs move from there to the database.
        jobs = self._jobs_of(candidate_id, status.id)
        stored = self._applications.find(candidate_id, status.id)
        revisions = list(self._stored_revisions(stored)) if stored else []
        waiting = [self._waiting_content(job) for job in jobs]
        if not revisions and waiting:
            revisions, waiting = waiting[:1], waiting[1:]
        content = msgspec.to_builtins(status)
        for name in ("waiting", "revision", "amendable", "amending"):
            content.pop(name, None)
        content |= {
            "consent": self._consent(status),
            "revisions": revisions,
            "waiting_changes": waiting,
        }
        posting = status.posting
        return ExportedApplication(
            status.id,
            posting.title if posting else "",
            posting.employer if posting else "",
            content,
            tuple(revisions[-1]["links"]) if revisions else (),
            stored.get("revision", 1) if stored else 1,
            _mail_ids(status.id, stored or {}),
        )

    def _stored_revisions(self, document: Document) -> Iterator[dict[str, Any]]:
        if "cover_letter" not in document:
            # It was withdrawn before it was stored.
            return
        for summary in self._revisions.list(document).revisions:
            number, accepted_at = summary.revision, summary.accepted_at
            try:
                _, content = self._revisions.find(document, str(number))
            except RevisionNotFound:
                # A backup may lack it. The rest of the export must not fail for that.
                yield {"revision": number, "accepted_at": accepted_at, "links": [], "lost": True}
            else:
                sent = self._content(document["posting_id"], content, accepted_at)
                yield {"revision": number, **sent}

    def _jobs_of(self, candidate_id: str, application_id: str) -> list[ClaimedJob]:
        """Return the jobs that store or change an application and are not done, oldest first."""
        lanes = self._lanes.of(candidate_id)
        contents = lanes.contents(candidate_id)
        ids = [
            one
            for one in (*contents.dead, *contents.waiting)
            if one == application_id or amended_application_id(one) == application_id
        ]
        if not ids:
            return []
        lane = lanes.lane_name(candidate_id)
        states = lanes.find_many(ids)
        found = [one.job for one in states if one and not one.done and one.job.lane == lane]
        return sorted(found, key=lambda job: (job.id != application_id, job.accepted_at))

    def _waiting_content(self, job: ClaimedJob) -> dict[str, Any]:
        sent = _read_amendment(job) if job.function == AMEND else read_application(job)
        if sent is None:
            return {"accepted_at": job.accepted_at, "links": [], "unreadable": True}
        document = content_of(sent.draft, (), sent.files)
        return self._content(sent.posting_id, document, job.accepted_at)

    def _content(self, posting_id: str, content: Document, accepted_at: datetime) -> dict[str, Any]:
        version = content.get("form_version", 0)
        form = self._forms.find(posting_id, version) if version else None
        answers = reviewed_answers(content, form, with_file_names=True)
        known = {one.id for one in answers}
        return {
            "accepted_at": accepted_at,
            "cover_letter": content["cover_letter"],
            "links": content["links"],
            "answers": [
                {"id": one.id, "question": one.label, "answer": one.answer, "text": one.text}
                for one in answers
                if one.answer is not None
            ]
            + [
                {"id": one, "answer": answer}
                for one, answer in (content.get("answers") or {}).items()
                if one not in known
            ],
            "files": [
                {name: file[name] for name in _FILE_FIELDS if file.get(name)}
                for file in content.get("files", ())
            ],
        }

    def _consent(self, status: ApplicationStatus) -> dict[str, Any] | None:
        if status.consent is None:
            return None
        try:
            text = self._notices.get(status.consent.notice).text
        except NoticeNotFound:
            text = ""
        return {"notice": status.consent.notice, "at": status.consent.at, "text": text}


def _read_amendment(job: ClaimedJob) -> Amendment | Application | None:
    try:
        return msgspec.convert(job.kwargs(), Amendment)
    except (UnreadableJob, msgspec.ValidationError):
        return None


def _mail_ids(application_id: str, document: Document) -> dict[str, str]:
    ids = {confirmation_id(application_id): "confirmation"}
    for event in events_of(document) if document else ():
        if event["kind"] in STAGE_EVENTS:
            ids[stage_email_id(application_id, event["n"])] = "stage"
            ids[rejection_email_id(application_id, event["n"])] = "rejection"
    return ids
