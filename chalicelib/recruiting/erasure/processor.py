"""Carries out erasures. Doing it again changes nothing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from chalicelib.notifications.models import KIND as MAIL
from chalicelib.queue import DeduplicationRelease
from chalicelib.queue.worker import Done, FollowUp, Skip
from chalicelib.recruiting.applications.contents import files_of
from chalicelib.recruiting.applications.repository import Receipts
from chalicelib.recruiting.erasure.emails import erasure_email_job

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from chalicelib.notifications.models import Recipient
    from chalicelib.queue import ClaimedJob
    from chalicelib.queue.worker import Outcome
    from chalicelib.recruiting.amendments.revisions import RevisionRepository
    from chalicelib.recruiting.applications.repository import ApplicationRepository
    from chalicelib.recruiting.due.repository import DueRepository
    from chalicelib.recruiting.erasure.application_eraser import ApplicationEraser
    from chalicelib.recruiting.erasure.holds import HoldRepository
    from chalicelib.recruiting.erasure.jobs import Erasure
    from chalicelib.recruiting.guest_applications.repository import GuestApplicationRepository

    EraseJobs = Callable[[str, Collection[str]], object]
    EraseFiles = Callable[[str, Collection[str]], object]


class ErasureProcessor:
    """Erases applications one after the other, each with its aliases.

    The documents are deleted first, so nothing can be added to them any more. What a slow worker
    stores afterwards, the sweep finds (``ErasureSweeper``).

    Args:
        applications: the applications.
        eraser: erases them.
        revisions: the revisions of amended applications.
        due: the work for a later time.
        guests: the guest applications, of which one may have led to an application.
        holds: the legal holds.
        erase_jobs: deletes the jobs of applications of a candidate from all lanes.
        erase_files: deletes files of a candidate that no other application needs.
    """

    def __init__(
        self,
        applications: ApplicationRepository,
        eraser: ApplicationEraser,
        revisions: RevisionRepository,
        due: DueRepository,
        guests: GuestApplicationRepository,
        holds: HoldRepository,
        erase_jobs: EraseJobs,
        erase_files: EraseFiles,
    ) -> None:
        self._applications = applications
        self._eraser = eraser
        self._revisions = revisions
        self._due = due
        self._guests = guests
        self._holds = holds
        self._erase_jobs = erase_jobs
        self._erase_files = erase_files

    def process(
        self,
        jobs: Sequence[ClaimedJob],
        erasures: Mapping[str, Erasure],
        recipients: Mapping[str, Recipient],
        deadline: float,
    ) -> dict[str, Outcome]:
        """Carry out the erasures of jobs.

        Args:
            jobs: the jobs.
            erasures: their arguments, by job id.
            recipients: the candidates by id.
            deadline: when to stop, as time of the monotonic clock.

        Raises:
            BlockConflict: other processes changed the index of applicants during each attempt.
            pymongo.errors.PyMongoError, redis.exceptions.RedisError: some may be carried out.
        """
        outcomes: dict[str, Outcome] = {}
        for job in jobs:
            if time.monotonic() > deadline:
                outcomes[job.id] = Skip()
            else:
                erasure = erasures[job.id]
                address = recipients[erasure.candidate_id].email
                outcomes[job.id] = self._erase(job, erasure, address)
        return outcomes

    def _erase(self, job: ClaimedJob, erasure: Erasure, address: str) -> Done:
        candidate_id, application_id = erasure.candidate_id, erasure.application_id
        found = self._applications.find_receipts({candidate_id}, {application_id})
        accepted = found.get(application_id, Receipts()).accepted
        if any(at >= job.accepted_at for one, at in accepted.items() if one != application_id):
            # This erasure was dead-lettered and redriven. Meanwhile the candidate applied again,
            # and the new application became an alias of this one. They want it to stay.
            return Done({"not_done": "applied_again"}, effect="not_done")
        ids = {application_id, *accepted}
        stored = self._applications.find_many_for_change([application_id], content=True)
        if self._holds.find_held(dict.fromkeys(ids, erasure.posting_id)):
            # It was held after the erasure was accepted.
            return Done({"not_done": "legal_hold"}, effect="not_done")
        versions = {one.get("version") for one in stored.values()}
        if erasure.version is not None and versions - {erasure.version}:
            return Done({"not_done": "changed"}, effect="not_done")
        files = {file.id for one in stored.values() for file in files_of(one)}
        self._eraser.erase(candidate_id, dict.fromkeys(ids, erasure.posting_id))
        self._revisions.delete_of_applications(ids)
        self._due.remove_about(candidate_id, ids)
        self._guests.delete_of_applications(candidate_id, address, ids)
        self._erase_jobs(candidate_id, ids)
        self._erase_files(candidate_id, files)
        return Done(
            {"erased": application_id},
            (FollowUp(MAIL, candidate_id, erasure_email_job(job, erasure)),),
            effect="erased",
            releases=DeduplicationRelease(erasure.posting_id, tuple(sorted(ids))),
        )


def erased_ids(outcomes: Mapping[str, Outcome]) -> set[str]:
    """Return the ids of the applications and aliases that jobs with these outcomes erased."""
    releases = (one.releases for one in outcomes.values() if isinstance(one, Done))
    return {one for release in releases if release for one in release.job_ids}
