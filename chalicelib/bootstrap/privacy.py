"""The parts that keep and remove the data of candidates."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.bootstrap.parts import DomainContainer

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.recruiting.applications.candidate_data import CandidateDataRemover


class PrivacyContainer(DomainContainer):
    """The remover, which a deletion of an account and a sweep use."""

    @cached_property
    def candidate_data(self) -> CandidateDataRemover:
        from chalicelib.recruiting.applications.candidate_data import CandidateDataRemover

        recruiting = self._container.recruiting
        notifications, file_texts = self._container.notifications, self._container.file_texts
        return CandidateDataRemover(
            recruiting.pipeline.sweep_progress,
            recruiting.applications,
            self._container.amendments.revisions,
            recruiting.pipeline.due,
            self._container.auth.accounts,
            self._container.auth.audit_log,
            (recruiting.lanes, notifications.lanes, file_texts.lanes),
            self._container.erasure.eraser,
            self._container.files.erase,
            recruiting.guest_applications.guests,
            self.other_erasers,
        )

    @cached_property
    def other_erasers(self) -> tuple[Callable[[str], object], ...]:
        """Functions that erase the data of a candidate in further collections."""
        return (
            self._container.profiles.profiles.delete,
            self._container.data_exports.exports.delete_of_account,
        )
