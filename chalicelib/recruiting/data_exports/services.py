"""The services that the routes of exports use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from chalicelib.recruiting.data_exports.service import DataExportService


class DataExportServices(Protocol):
    """The container of exports, as the routes see it."""

    @property
    def service(self) -> DataExportService:
        """Starts exports, and reports their state."""
