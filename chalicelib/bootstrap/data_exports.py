"""The parts of exports of accounts."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from chalicelib.bootstrap.parts import DomainContainer
from chalicelib.common.observability import count

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.recruiting.data_exports.applications import ApplicationExporter
    from chalicelib.recruiting.data_exports.email import DataExportComposer
    from chalicelib.recruiting.data_exports.exporter import AccountExporter
    from chalicelib.recruiting.data_exports.files import ExportFiles
    from chalicelib.recruiting.data_exports.repository import ExportRepository
    from chalicelib.recruiting.data_exports.runner import ExportRunner
    from chalicelib.recruiting.data_exports.service import DataExportService


class DataExportsContainer(DomainContainer):
    """The service that the routes use (``DataExportServices``), and the parts of the functions."""

    @cached_property
    def exports(self) -> ExportRepository:
        from chalicelib.recruiting.data_exports.repository import ExportRepository

        return ExportRepository(self._container.database)

    @cached_property
    def files(self) -> ExportFiles:
        from chalicelib.recruiting.data_exports.files import ExportFiles

        return ExportFiles(self._container.files.bucket)

    @cached_property
    def service(self) -> DataExportService:
        from chalicelib.recruiting.data_exports.service import DataExportService

        return DataExportService(
            self.exports,
            self._container.auth_services.reauthenticator,
            self._container.auth.rate_limits,
            self._container.auth.audit_log,
            self.files,
            self.invoke,
        )

    @cached_property
    def applications(self) -> ApplicationExporter:
        from chalicelib.recruiting.data_exports.applications import ApplicationExporter

        container, recruiting = self._container, self._container.recruiting
        return ApplicationExporter(
            recruiting.status_service,
            recruiting.applications,
            container.amendments.reader,
            container.forms.forms,
            container.consents.notice_service,
            recruiting.lanes,
        )

    @cached_property
    def exporter(self) -> AccountExporter:
        from chalicelib.recruiting.data_exports.exporter import AccountExporter

        container, auth = self._container, self._container.auth
        return AccountExporter(
            self.applications,
            container.profiles.service,
            auth.sessions,
            container.employers.memberships,
            auth.audit_log,
            container.notifications.ledger,
            container.proofs.proof_service,
            container.proofs.receipts.public_keys,
            self.files,
            container.settings.secrets.public_url,
        )

    @cached_property
    def runner(self) -> ExportRunner:
        from chalicelib.recruiting.data_exports.runner import ExportRunner

        container = self._container
        return ExportRunner(
            self.exports,
            container.auth.accounts,
            self.exporter,
            self.files,
            container.notifications.outbox,
            container.logger,
        )

    @cached_property
    def composer(self) -> DataExportComposer:
        from chalicelib.recruiting.data_exports.email import DataExportComposer

        public_url = self._container.settings.secrets.public_url
        return DataExportComposer(self._container.auth.accounts, self.exports, public_url)

    def invoke(self, export_id: str) -> None:
        """Start the function that writes an export. If it fails, the next sweep writes it."""
        name = self._container.settings.environment.export_function
        if not name:
            return
        try:
            self._container.lambda_client.invoke(
                FunctionName=name,
                InvocationType="Event",
                Payload=msgspec.json.encode({"export_id": export_id}),
            )
        except Exception as error:
            count("data_export_not_invoked")
            self._container.logger.warning("export not invoked", error=type(error).__name__)

    def sweep(self, remaining: Callable[[], float]) -> int:
        """Write the exports that no process works on. Return how many there were."""
        try:
            return self.runner.sweep(remaining)
        except Exception as error:
            count("data_export_sweep_failed")
            self._container.logger.error("exports not swept", error=type(error).__name__)
            self._container.recovery.on_outage()
            return 0
