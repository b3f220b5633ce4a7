"""ErasureSweeper: removes what slow workers stored after an erasure."""

from __future__ import annotations

from datetime import timedelta
from itertools import batched
from typing import TYPE_CHECKING

from chalicelib.common import times

if TYPE_CHECKING:
    from collections.abc import Collection

    from chalicelib.recruiting.amendments.revisions import RevisionRepository
    from chalicelib.recruiting.applications.removed_applications import (
        RemovedApplicationRepository,
    )
    from chalicelib.recruiting.applications.repository import ApplicationRepository
    from chalicelib.recruiting.erasure.application_eraser import ApplicationEraser
    from chalicelib.recruiting.sweep_progress import SweepProgressRepository

# A worker that has read a job can store its application for as long as the worker runs.
_RECENT = timedelta(hours=1)
_PAGE = 500
_PROGRESS = "erased-revisions"


class ErasureSweeper:
    """Removes what was stored late.

    Args:
        progress: stores how far the sweeps have come.
        applications: the applications.
        eraser: erases applications.
        revisions: the revisions of amended applications.
        removed: knows which applications were erased.
    """

    def __init__(
        self,
        progress: SweepProgressRepository,
        applications: ApplicationRepository,
        eraser: ApplicationEraser,
        revisions: RevisionRepository,
        removed: RemovedApplicationRepository,
    ) -> None:
        self._progress = progress
        self._applications = applications
        self._eraser = eraser
        self._revisions = revisions
        self._removed = removed

    def sweep(self) -> int:
        """Remove late applications and revisions. Return how many applications there were.

        A sweep checks the applications that were erased within the last hour, and the next page of
        all revisions.
        """
        return self._remove_applications() + self._remove_revisions()

    def _remove_applications(self) -> int:
        erased = self._removed.find_erased_since(times.now() - _RECENT)
        late: dict[str, str] = {}
        for page in batched(erased, _PAGE):
            late |= self._applications.find_candidates(page)
        for application_id, candidate_id in late.items():
            self._eraser.erase(candidate_id, {application_id: erased[application_id]})
        return len(late)

    def _remove_revisions(self) -> int:
        page = self._revisions.find_applications_after(self._progress.find(_PROGRESS), _PAGE)
        self._progress.save(_PROGRESS, page[-1] if len(page) == _PAGE else "")
        late = self._erased({*page} - self._applications.find_stored_ids({*page}))
        if late:
            self._revisions.delete_of_applications(late)
        return len(late)

    def _erased(self, application_ids: Collection[str]) -> set[str]:
        return {*self._removed.find(application_ids)} if application_ids else set()
