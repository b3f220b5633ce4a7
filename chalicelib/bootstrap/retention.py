"""The parts of retention and legal holds."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.bootstrap.parts import DomainContainer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.recruiting.erasure.hold_service import HoldService
    from chalicelib.recruiting.erasure.holds import HoldRepository
    from chalicelib.recruiting.erasure.retention_emails import RetentionComposer
    from chalicelib.recruiting.erasure.retention_repository import RetentionRepository
    from chalicelib.recruiting.erasure.retention_service import RetentionService
    from chalicelib.recruiting.erasure.retention_sweeper import RetentionSweeper

# How long one sweep may look for applications to erase, before it drains lanes.
SWEEP_SECONDS = 3.0


class RetentionContainer(DomainContainer):
    """The API uses the services; the applications worker uses the sweeper."""

    def create_indexes(self) -> None:
        """Create the indexes. Calling it again changes nothing."""
        self.holds.create_indexes()
        self.batches.create_indexes()

    @cached_property
    def holds(self) -> HoldRepository:
        from chalicelib.recruiting.erasure.holds import HoldRepository

        return HoldRepository(self._container.database)

    @cached_property
    def hold_service(self) -> HoldService:
        from chalicelib.recruiting.erasure.hold_service import HoldService

        recruiting = self._container.recruiting
        return HoldService(
            self.holds,
            recruiting.applications,
            recruiting.pipeline.applicants,
            recruiting.pipeline.pipelines,
            self._container.auth.audit_log,
        )

    @cached_property
    def batches(self) -> RetentionRepository:
        from chalicelib.recruiting.erasure.retention_repository import RetentionRepository

        return RetentionRepository(self._container.database)

    @cached_property
    def service(self) -> RetentionService:
        from chalicelib.recruiting.erasure.retention_service import RetentionService

        return RetentionService(self.batches, self._container.recruiting.pipeline.pipelines)

    @cached_property
    def sweeper(self) -> RetentionSweeper:
        from chalicelib.recruiting.erasure.retention_sweeper import RetentionSweeper

        recruiting = self._container.recruiting
        return RetentionSweeper(
            self.batches,
            recruiting.pipeline.pipelines,
            self.holds,
            self._container.employers.memberships,
            recruiting.pipeline.due,
            self._container.notifications.ledger,
            recruiting.job_queue,
            self.gets_emails,
        )

    @cached_property
    def composer(self) -> RetentionComposer:
        from chalicelib.recruiting.addresses import Addresses
        from chalicelib.recruiting.erasure.retention_emails import RetentionComposer

        container = self._container
        return RetentionComposer(
            self.batches,
            container.auth.accounts,
            container.employers.employers,
            container.recruiting.pipeline.pipelines,
            Addresses(container.settings.secrets.public_url),
        )

    def gets_emails(self, account_ids: Sequence[str]) -> bool:
        """Return whether e-mails are sent to one of these accounts."""
        suppressions = self._container.notifications.suppressions
        found = self._container.auth.accounts.find_recipients(account_ids).values()
        return any(suppressions.find(one.email) is None for one in found)

    def sweep(self) -> int:
        """Announce and erase for some seconds. Return how many erasures were sent."""
        return self.sweeper.sweep(SWEEP_SECONDS)

    def leave_employers(self, account_id: str) -> None:
        """Remove an account that is being deleted from its employers.

        Raises:
            AccountInUse: other people depend on the account, or one of its applications is held.
        """
        self.hold_service.check_account(account_id)
        self._container.employers.team_service.leave_all(account_id)
