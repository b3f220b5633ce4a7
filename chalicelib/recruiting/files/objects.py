"""Objects of the bucket of files: their keys, and what is known of them."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.recruiting.files.models import FileType

UPLOADS, FILES, EXPORTS = "uploads", "files", "exports"
# The metadata of an object is one text, because S3 allows only ASCII in it, and 2 KB.
DESCRIPTION = "description"
_EXPORT_TYPE = ".zip"
# Browsers save a file of this type, and show it in no page.
SAVED_TYPE = "application/octet-stream"
UPLOADED_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "odt": "application/vnd.oasis.opendocument.text",
    "txt": "text/plain",
}


class Description(msgspec.Struct, frozen=True):
    """What the metadata of an object say about it.

    Args:
        name: the name of the file.
        type: its type.
        sha256: the digest of its content: announced for an upload, checked for a file.
        scanned: whether a virus scanner has read it.
    """

    name: str
    type: FileType
    sha256: str
    scanned: bool = False

    def to_text(self) -> str:
        """Return the description as ASCII."""
        return base64.urlsafe_b64encode(msgspec.json.encode(self)).decode()

    @classmethod
    def from_text(cls, text: str) -> Description:
        """Return the description that ``to_text`` has returned as a text."""
        return msgspec.json.decode(base64.urlsafe_b64decode(text), type=cls)


class StoredObject(msgspec.Struct, frozen=True):
    """An object of the bucket, without its content."""

    description: Description
    bytes: int
    stored_at: datetime


class ListedObject(msgspec.Struct, frozen=True):
    """An object in a list of the bucket. The ids are blank if the key is not one of ours.

    ``file_id`` is that of an export for an object with the prefix ``EXPORTS``.
    """

    key: str
    stored_at: datetime
    prefix: str = ""
    candidate_id: str = ""
    file_id: str = ""


def object_key(prefix: str, candidate_id: str, file_id: str) -> str:
    """Return the key of an object. ``prefix`` is ``UPLOADS``, ``FILES`` or ``EXPORTS``."""
    return f"{prefix}/{candidate_id}/{file_id}"


def stored_object(found: dict[str, Any]) -> StoredObject:
    """Return an object from the answer of S3 about it."""
    description = Description.from_text(found["Metadata"][DESCRIPTION])
    return StoredObject(description, found["ContentLength"], found["LastModified"])


def export_name(export_id: str) -> str:
    """Return the last part of the key of the file of an export."""
    return f"{export_id}{_EXPORT_TYPE}"


def listed_object(key: str, stored_at: datetime) -> ListedObject:
    """Return an object by its key."""
    match key.split("/"):
        case [("uploads" | "files") as prefix, candidate_id, file_id]:
            return ListedObject(key, stored_at, prefix, candidate_id, file_id)
        case ["exports" as prefix, candidate_id, name]:
            export_id = name.removesuffix(_EXPORT_TYPE)
            return ListedObject(key, stored_at, prefix, candidate_id, export_id)
        case _:
            return ListedObject(key, stored_at)
