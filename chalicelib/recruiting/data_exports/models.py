"""Models of the answers of the API about exports."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

ExportState = Literal["pending", "ready", "failed"]


class DataExport(msgspec.Struct, frozen=True, omit_defaults=True):
    """An export of an account.

    It is ``pending`` until its file is ``ready``, or until it ``failed`` five times. ``bytes`` is
    the size of the file. The file and this description are deleted at ``expires_at``.
    """

    id: str
    state: ExportState
    requested_at: datetime
    bytes: int = 0
    expires_at: datetime | None = None


class DataExportLink(DataExport, frozen=True, omit_defaults=True):
    """An export of an account. If it is ready, ``url`` downloads it until ``url_expires_at``."""

    url: str = ""
    url_expires_at: datetime | None = None


class DataExports(msgspec.Struct, frozen=True):
    """The exports of an account, newest first."""

    exports: list[DataExport]
