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
