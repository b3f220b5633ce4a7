"""Errors of profiles."""

from __future__ import annotations

from chalicelib.common.errors import DomainError
from chalicelib.common.outages import StoreOutage


class FileNotRead(DomainError):
    """The text of a file cannot be read, or the file has none."""


class ImportRefused(DomainError):
    """A file of another program is not of its format, or it cannot be read."""


class FileReaderUnavailable(StoreOutage):
    """The function that reads files cannot be reached, or does not answer in time."""

    def __init__(self) -> None:
        super().__init__("The reader of files cannot be reached.")
