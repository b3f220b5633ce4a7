"""Models of files: the requests and answers of the API, and what applications store."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

FileType = Literal["pdf", "docx", "odt", "txt"]
MAX_BYTES = 10 * 1024 * 1024
# Those that answer no question; each question for a file takes one more.
MAX_FILES = 5
MAX_NAME_LENGTH = 200
Sha256 = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[0-9a-f]{64}$(?!\n)", description="A SHA-256 digest as 64 hexadecimal digits"
    ),
]
Size = Annotated[int, msgspec.Meta(ge=1, le=MAX_BYTES)]
FileToken = Annotated[
    str,
    msgspec.Meta(max_length=4096, description="The token of a file whose content was checked"),
]
FileTokens = Annotated[list[FileToken], msgspec.Meta(max_length=MAX_FILES)]


class FileDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file that a candidate is about to upload.

    ``sha256`` is the digest of its content. The content, not the name, must be of the ``type``.
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME_LENGTH)]
    type: FileType
    bytes: Size
    sha256: Sha256


class UploadForm(msgspec.Struct, frozen=True):
    """The form that uploads a file to the store of files.

    Send ``fields`` and then the content as ``file`` to ``url``, as ``multipart/form-data``. The
    store accepts only a content of the announced size and type, and until ``expires_at``.
    """

    id: str
    url: str
    fields: dict[str, str]
    expires_at: datetime


class AttachedFile(msgspec.Struct, frozen=True):
    """A file of an application. Its content is in the store of files.

    ``sha256`` is the digest of the content. ``question_id`` is the question of the form that the
    file answers, or blank.
    """

    id: str
    name: str
    type: FileType
    bytes: int
    sha256: str
    question_id: str = ""


class CompletedFile(msgspec.Struct, frozen=True):
    """A file whose content was checked. An application attaches it by its ``token``.

    The token is valid until ``expires_at``. ``scanned`` says whether a virus scanner has read the
    content.
    """

    id: str
    name: str
    type: FileType
    bytes: int
    sha256: str
    scanned: bool
    token: str
    expires_at: datetime


class FileLink(msgspec.Struct, frozen=True):
    """A URL that downloads a file without an access token, until ``expires_at``."""

    url: str
    expires_at: datetime
