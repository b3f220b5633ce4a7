"""FileSweeper: deletes the objects of the bucket that nothing needs, a day after."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.common import times
from chalicelib.queue import UnreadableJob
from chalicelib.recruiting.files.objects import EXPORTS, FILES, UPLOADS, object_key

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from chalicelib.auth.accounts.repository import AccountRepository
    from chalicelib.queue import Shards
    from chalicelib.recruiting.files.bucket import FileBucket
    from chalicelib.recruiting.files.objects import ListedObject
    from chalicelib.recruiting.sweep_progress import SweepProgressRepository

KEPT = timedelta(days=1)
EXPORTS_KEPT = timedelta(days=7)
# How many objects one sweep looks at: the whole bucket in a day, if it has up to 1.4 million.
_PAGE = 1000
# More files without an account in one page are no late writes: the accounts may be missing because
# a backup is being restored, or the settings may name another database.
_MOST_WITHOUT_ACCOUNT = 10
_PROGRESS = "files"


class FileSweeper:
    """Deletes uploads, and files that were not attached to an application, after a day.

    A file is attached by the document of its application, in the step that stores it. The token of
    an older file has expired, so no new job can attach it. So the sweep may delete a file of which
    neither a job nor a stored application tells, if it looks at the jobs first.

    Args:
        bucket: the bucket.
        references: each returns which of the given files a collection refers to.
        lanes: the lanes of candidates, where applications wait.
        accounts: the accounts.
        progress: stores how far the sweeps have come.
        clock: returns the current time.
        find_exports: returns which of the given exports exist.
    """

    def __init__(
        self,
        bucket: FileBucket,
        references: Sequence[Callable[[Collection[str]], set[str]]],
        lanes: Shards,
        accounts: AccountRepository,
        progress: SweepProgressRepository,
        clock: Callable[[], datetime] = times.now,
        find_exports: Callable[[Collection[str]], set[str]] = set,
    ) -> None:
        self._bucket = bucket
        self._references = references
        self._find_exports = find_exports
        self._lanes = lanes
        self._accounts = accounts
        self._progress = progress
        self._clock = clock

    def sweep(self) -> int:
        """Look at the next page of objects. Return how many were deleted.

        Raises:
            RuntimeError: the accounts of many files are missing. Nothing was deleted.
            FilesUnavailable: some objects may be deleted.
        """
        if not self._bucket.name:
            return 0
        page = self._bucket.page("", self._progress.find(_PROGRESS), _PAGE)
        expired_at = self._clock() - KEPT
        old = [one for one in page if one.stored_at <= expired_at]
        unneeded = [one for one in old if one.prefix == UPLOADS]
        unneeded += self._unattached([one for one in old if one.prefix == FILES])
        unneeded += self._expired_exports([one for one in old if one.prefix == EXPORTS])
        self._bucket.delete(one.key for one in unneeded)
        self._progress.save(_PROGRESS, page[-1].key if len(page) == _PAGE else "")
        return len(unneeded)

    def erase(self, candidate_id: str, file_ids: Collection[str]) -> int:
        """Delete the files of an erased application that nothing else needs. Return how many.

        A file that is younger than a day stays until ``sweep`` finds it, because its token may
        attach it to another application.

        Raises:
            FilesUnavailable: some files may be left. ``sweep`` deletes them.
        """
        if not self._bucket.name or not file_ids:
            return 0
        expired_at = self._clock() - KEPT
        page = self._bucket.page(object_key(FILES, candidate_id, ""), "")
        old = [one for one in page if one.file_id in file_ids and one.stored_at <= expired_at]
        unneeded = self._unattached(old)
        self._bucket.delete(one.key for one in unneeded)
        return len(unneeded)

    def _expired_exports(self, exports: Sequence[ListedObject]) -> list[ListedObject]:
        """Return those of these files of exports that are a week old, or belong to no export."""
        if not exports:
            return []
        known = self._find_exports({one.file_id for one in exports})
        expired_at = self._clock() - EXPORTS_KEPT
        return [one for one in exports if one.stored_at <= expired_at or one.file_id not in known]

    def _unattached(self, files: Sequence[ListedObject]) -> list[ListedObject]:
        """Return those of these files that no application has and will have."""
        # A first look at the database, which most files are in, spares most of the lanes.
        unattached = self._not_stored(files)
        people = {one.candidate_id for one in unattached}
        lost = people - self._accounts.find_recipients(people).keys()
        if len(lost) > _MOST_WITHOUT_ACCOUNT:
            raise RuntimeError(f"{len(lost)} candidates with files have no account")
        ids = {one.file_id for one in unattached}
        needed = set().union(*(self._named_by_jobs(one, ids) for one in people))
        # An application may have been stored before its lane was read.
        return self._not_stored([one for one in unattached if one.file_id not in needed])

    def _not_stored(self, files: Sequence[ListedObject]) -> list[ListedObject]:
        ids = {one.file_id for one in files}
        stored = set().union(*(find(ids) for find in self._references)) if ids else set()
        return [one for one in files if one.file_id not in stored]

    def _named_by_jobs(self, candidate_id: str, file_ids: set[str]) -> set[str]:
        """Return the files that jobs of a candidate name which wait or are dead-lettered.

        If a job cannot be read, these are all of the given files.
        """
        lanes = self._lanes.of(candidate_id)
        contents = lanes.contents(candidate_id)
        found = lanes.find_many([*contents.waiting, *contents.dead])
        try:
            arguments = [one.job.kwargs() for one in found if one]
        except UnreadableJob:
            return file_ids
        return {file["id"] for one in arguments for file in one.get("files", ())}
