"""Errors of files."""

from __future__ import annotations

from chalicelib.common.errors import DomainError
from chalicelib.common.outages import StoreOutage


class FileNotFound(DomainError):
    """The caller may read no file with this id, or it was deleted."""


class UploadNotFound(DomainError):
    """Nothing was uploaded for this id, or it was uploaded too long ago."""


class FileRefused(DomainError):
    """The content of an upload is not a file that we accept. The upload was deleted."""


class FilesUnavailable(StoreOutage):
    """The store of files or the virus scanner cannot be reached, or refuses the operation."""


class FileNotRead(DomainError):
    """The text of a file cannot be read, or the file has none."""


class ImportRefused(DomainError):
    """A resume of another program is not of its format, or it cannot be read."""


class FileReaderUnavailable(StoreOutage):
    """The function that reads files cannot be reached, or does not answer in time."""

    def __init__(self) -> None:
        super().__init__("The reader of files cannot be reached.")
