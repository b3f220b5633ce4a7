"""Changes stored applications. Doing it again changes nothing."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from chalicelib.common import times
from chalicelib.queue.worker import Dead, Done
from chalicelib.recruiting.amendments.revisions import new_revision
from chalicelib.recruiting.amendments.rules import (
    AMENDED,
    NOT_AMENDED,
    AmendmentRefusal,
    changed_parts,
    content_in,
    refusal_of,
)
from chalicelib.recruiting.applications.contents import content_of, files_of
from chalicelib.recruiting.applications.events import CANDIDATE, ApplicationChange, events_of
from chalicelib.recruiting.file_texts.jobs import texts_follow_up

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chalicelib.queue import ClaimedJob
    from chalicelib.queue.worker import Outcome
    from chalicelib.recruiting.amendments.revisions import RevisionRepository
    from chalicelib.recruiting.applications.events import StoredEvent
    from chalicelib.recruiting.applications.jobs import Amendment
    from chalicelib.recruiting.applications.removed_applications import (
        RemovedApplicationRepository,
    )
    from chalicelib.recruiting.applications.repository import ApplicationRepository
    from chalicelib.recruiting.files.models import AttachedFile

    Document = dict[str, Any]


class AmendmentProcessor:
    """Carries out amendments, with two reads and two writes for a whole batch.

    A revision is stored before a change replaces it in the document of its application. So
    whenever a worker dies, every revision is in one of the two places. Several amendments of one
    application take two writes each.
    """

    def __init__(
        self,
        applications: ApplicationRepository,
        revisions: RevisionRepository,
        removed: RemovedApplicationRepository,
    ) -> None:
        self._applications = applications
        self._revisions = revisions
        self._removed = removed

    def process(
        self, jobs: Sequence[ClaimedJob], amendments: Mapping[str, Amendment]
    ) -> dict[str, Outcome]:
        """Carry out the amendments of jobs, in their order.

        Args:
            jobs: the jobs.
            amendments: their arguments, by job id.

        Raises:
            RuntimeError: another worker changed an application meanwhile.
            pymongo.errors.PyMongoError: some amendments may be carried out.
        """
        resolved = self._applications.resolve_ids(
            {amendments[job.id].application_id for job in jobs}
        )
        documents = self._applications.find_many_for_change(set(resolved.values()), content=True)
        states = {one: _ApplicationState(document) for one, document in documents.items()}
        unknown = {amendments[job.id].application_id for job in jobs} - resolved.keys()
        erased = self._removed.find_erased(unknown) if unknown else set()
        outcomes: dict[str, Outcome] = {}
        for job in jobs:
            amendment = amendments[job.id]
            state = states.get(resolved.get(amendment.application_id, ""))
            if amendment.application_id in erased:
                outcomes[job.id] = _not_done(AmendmentRefusal.ERASED)
            elif state is None:
                # Its job was dead-lettered. An operator redrives both, in their order.
                outcomes[job.id] = Dead("the application is not stored")
            else:
                state.waiting.append((job, amendment))
        while busy := [state for state in states.values() if state.waiting]:
            for state in busy:
                outcomes |= state.carry_out()
            self._revisions.insert([state.replaced for state in busy if state.replaced])
            self._applications.save_changes([state.change for state in busy if state.is_changed])
        return outcomes


class _ApplicationState:
    """An application whose amendments are carried out one after the other.

    Args:
        document: the application as it was read.

    ``replaced`` is the revision that the present ``change`` replaces, or None.
    """

    def __init__(self, document: Document) -> None:
        self._document = {**document, "events": events_of(document)}
        self.waiting: deque[tuple[ClaimedJob, Amendment]] = deque()
        self.change = ApplicationChange(document)
        self.is_changed = False
        self.replaced: Document | None = None

    def carry_out(self) -> dict[str, Outcome]:
        """Carry out amendments until one changes the content. Return the outcomes of the jobs.

        The change before must be saved.
        """
        if self.is_changed:
            self.change = ApplicationChange(self._document)
            self.is_changed, self.replaced = False, None
        outcomes: dict[str, Outcome] = {}
        while self.waiting and self.replaced is None:
            job, amendment = self.waiting.popleft()
            files = _with(files_of(self._document), amendment.files)
            content = content_of(amendment.draft, amendment.knock_outs, files)
            outcomes[job.id] = self._amend(job, content, has_files=bool(amendment.files))
        return outcomes

    def _amend(self, job: ClaimedJob, content: Document, *, has_files: bool) -> Done:
        """Carry out an amendment, or refuse it. Return the outcome of its job."""
        events = self._document["events"]
        for event in events:
            if event.get("command") == job.id:
                return self._finished(job, event, has_files=has_files)
        refusal = refusal_of(self._document, events, times.now(), job.accepted_at)
        if refusal in (AmendmentRefusal.DECIDED, AmendmentRefusal.SUPERSEDED):
            self._add(NOT_AMENDED, {"reason": refusal.value}, job)
            return _not_done(refusal)
        if refusal:
            # The candidate has withdrawn the application, or sees how often it was changed.
            return _not_done(refusal)
        present = content_in(self._document)
        changed = changed_parts(present, content)
        if not changed:
            return Done({"unchanged": self._document["_id"]}, effect="unchanged")
        n = self._document.get("revision", 1)
        accepted_at = next(
            (one["data"]["accepted_at"] for one in reversed(events) if one["kind"] == AMENDED),
            self._document["accepted_at"],
        )
        self.replaced = new_revision(self._document, n, accepted_at, present)
        data = {"revision": n + 1, "changed": changed, "accepted_at": job.accepted_at}
        event = self._add(AMENDED, data, job)
        self._document |= {**content, "revision": n + 1}
        # The index of applicants has the former words (``indexer``).
        self.change.set(**content, revision=n + 1, amended_at=event["at"], text_changed=True)
        return self._finished(job, event, has_files=has_files)

    def _add(self, kind: str, data: Document, job: ClaimedJob) -> StoredEvent:
        event = self.change.add(kind, CANDIDATE, data, job.id)
        self._document["events"].append(event)
        self._document["version"] = self.change.version
        self.is_changed = True
        return event

    def _finished(self, job: ClaimedJob, event: StoredEvent, *, has_files: bool) -> Done:
        if event["kind"] == NOT_AMENDED:
            return _not_done(AmendmentRefusal(event["data"]["reason"]))
        n, own = event["data"]["revision"], self._document
        follow_ups = [texts_follow_up(job, own["candidate_id"], own["_id"], n)] * has_files
        return Done(follow_ups=tuple(follow_ups), effect=AMENDED)


def _with(
    present: Sequence[AttachedFile], added: Sequence[AttachedFile]
) -> tuple[AttachedFile, ...]:
    files = {(one.question_id, one.id): one for one in present}
    answers = {one.question_id: one.id for one in present}
    for one in added:
        key = one.question_id, one.id
        if key in files and (not one.question_id or answers[one.question_id] == one.id):
            continue
        # The last file for a question is its answer, also one that was the answer before.
        files.pop(key, None)
        files[key] = one
    return tuple(files.values())


def _not_done(refusal: AmendmentRefusal) -> Done:
    # What was sent for an erased application is not kept either.
    keeps_job = refusal is not AmendmentRefusal.ERASED
    return Done({"not_done": refusal.value}, effect="not_done", keeps_job=keeps_job)
