"""Removes the data of candidates whose accounts are deleted, from MongoDB and from the queue."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chalicelib.auth.accounts.audit_log import AuditLog
    from chalicelib.auth.accounts.repository import AccountRepository
    from chalicelib.queue import Shards
    from chalicelib.recruiting.amendments.revisions import RevisionRepository
    from chalicelib.recruiting.applications.repository import ApplicationRepository
    from chalicelib.recruiting.due.repository import DueRepository
    from chalicelib.recruiting.erasure.application_eraser import ApplicationEraser
    from chalicelib.recruiting.guest_applications.repository import GuestApplicationRepository
    from chalicelib.recruiting.sweep_progress import SweepProgressRepository

# A worker that has read an account can store an application of it for as long as it runs.
_RECENT = timedelta(hours=1)
# How many applications one sweep checks.
_PAGE = 1000
# More orphans than this in one sweep are no late writes: the accounts may be missing because a
# backup is being restored.
_MOST_ORPHANS = 100
_PROGRESS_ID = "orphaned-applications"


class CandidateDataRemover:
    """Removes the data of candidates.

    Args:
        progress: stores how far the sweeps have come.
        applications: the applications.
        revisions: the revisions of amended applications.
        due: the work for a later time, such as e-mails to candidates.
        accounts: the accounts.
        audit_log: knows which accounts were deleted lately.
        lanes: the lanes whose owners are candidates, of each kind.
        eraser: erases applications.
        erase_files: deletes the files of a candidate.
        guests: the applications that wait for a link to be followed.
        other_erasers: functions that erase a candidate's data in further collections.
    """

    def __init__(
        self,
        progress: SweepProgressRepository,
        applications: ApplicationRepository,
        revisions: RevisionRepository,
        due: DueRepository,
        accounts: AccountRepository,
        audit_log: AuditLog,
        lanes: Sequence[Shards],
        eraser: ApplicationEraser,
        erase_files: Callable[[str], object],
        guests: GuestApplicationRepository,
        other_erasers: Sequence[Callable[[str], object]] = (),
    ) -> None:
        self._progress = progress
        self._applications = applications
        self._revisions = revisions
        self._due = due
        self._accounts = accounts
        self._audit_log = audit_log
        self._lanes = lanes
        self._eraser = eraser
        self._erase_files = erase_files
        self._guests = guests
        self._other_erasers = other_erasers

    def remove(self, candidate_id: str) -> None:
        """Remove the applications of a candidate, also waiting and dead-lettered ones, and files.

        Those that wait for a link to be followed are removed as well.

        Raises:
            FilesUnavailable: files may be left. If nobody repeats the call, the sweep of files
                deletes them after a day, because no application has them.
        """
        found = self._accounts.find_recipients([candidate_id]).get(candidate_id)
        self._guests.delete_for(found.email if found else None, candidate_id)
        for lanes in self._lanes:
            lanes.of(candidate_id).erase(candidate_id)
        self._due.remove_of_owner(candidate_id)
        # Repeat while a worker stores more.
        while postings := self._applications.find_postings_of(candidate_id):
            self._eraser.erase(candidate_id, postings)
        # A worker that amended an application before it was gone may store one more revision. The
        # sweep finds that one.
        self._revisions.delete(candidate_id)
        for erase in self._other_erasers:
            erase(candidate_id)
        # Last, so that no application is without its files.
        self._erase_files(candidate_id)

    def remove_orphans(self) -> int:
        """Remove the data of candidates who have no account. Return how many there were.

        Each call checks the accounts that were deleted within the last hour, and the next page of
        all applications. So a late write is found at once, and any other orphan in time.

        Raises:
            RuntimeError: more than 100 candidates have no account, for instance while a backup is
                restored. Nothing is removed.
        """
        recent = self._audit_log.find_deleted_accounts(datetime.now(UTC) - _RECENT)
        candidates = self._applications.find_owners(recent) | self._next_page()
        candidates |= self._revisions.find_owners(recent)
        orphans = candidates - self._accounts.find_recipients(candidates).keys()
        if len(orphans) > _MOST_ORPHANS:
            raise RuntimeError(f"{len(orphans)} candidates have no account")
        for candidate_id in sorted(orphans):
            self.remove(candidate_id)
        return len(orphans)

    def _next_page(self) -> set[str]:
        """Return the candidates of the next page of applications; after the last, of the first."""
        page = self._applications.find_owners_after(self._progress.find(_PROGRESS_ID), _PAGE)
        self._progress.save(_PROGRESS_ID, page[-1] if len(page) == _PAGE else "")
        return set(page)
