"""The type of a file, by its content. No part of a document is interpreted or decompressed here.

The function of files reads documents thoroughly, without keys and with hard limits; see ADR 40.
"""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress
from typing import TYPE_CHECKING

from chalicelib.recruiting.files.errors import FileRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chalicelib.recruiting.files.models import FileType

_PDF_END_BYTES = 2048
_ZIP_START, _ZIP_END, _ZIP64_LOCATOR = b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x07"
# The record at the end of a ZIP file (APPNOTE 4.3.16), and the longest comment behind it.
_ZIP_END_BYTES, _LONGEST_COMMENT, _LOCATOR_BYTES = 22, 65_535, 20
# A directory has at least 46 bytes for each part, and documents have some dozens of parts.
_MAX_DIRECTORY_BYTES = 1_000_000
_OLE_START = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ODT = b"application/vnd.oasis.opendocument.text"
# Texts have no other control characters: tab, line feed, form feed, carriage return.
_CONTROLS = dict.fromkeys({*range(0x20), 0x7F} - {9, 10, 12, 13})
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def check_content(content: bytes, file_type: FileType) -> None:
    """Check that a content is of a type: by its first bytes and by its structure.

    Raises:
        FileRefused: it is not. The detail says what the candidate can do.
    """
    if not content:
        raise FileRefused("The file is empty. Choose a file with content.")
    if content.startswith(_OLE_START):
        raise FileRefused(
            "The file has a password, or the format of Word before 2007. Save it without a"
            " password, as PDF or DOCX."
        )
    if not _CHECKS[file_type](content):
        raise FileRefused(
            f"The content is not a complete {file_type.upper()} file. Save it again as"
            f" {file_type.upper()}, or choose another file."
        )


def _is_pdf(content: bytes) -> bool:
    end = content[-_PDF_END_BYTES:]
    return content.startswith(b"%PDF-") and b"startxref" in end and b"%%EOF" in end


def _is_docx(content: bytes) -> bool:
    with _parts(content) as parts:
        return {"[Content_Types].xml", "word/document.xml"} <= set(parts.namelist())


def _is_odt(content: bytes) -> bool:
    # The first part is the media type, uncompressed (OpenDocument 1.3, part 2, section 3.3).
    if content[30:38] != b"mimetype":
        return False
    with _parts(content) as parts:
        first = parts.infolist()[0]
        is_text = first.file_size == len(_ODT) and first.compress_type == zipfile.ZIP_STORED
        return is_text and parts.read(first) == _ODT and "content.xml" in parts.namelist()


def _is_txt(content: bytes) -> bool:
    # Editors of Windows still write its own encoding.
    encodings = ("utf-16",) if content.startswith(_UTF16) else ("utf-8", "cp1252")
    for encoding in encodings:
        with suppress(UnicodeDecodeError):
            return not any(ord(one) in _CONTROLS for one in set(content.decode(encoding)))
    return False


class _NotZip(Exception):
    """The content is no ZIP file, or has an unusually long directory."""


def _parts(content: bytes) -> zipfile.ZipFile:
    """Return the parts of a ZIP file. Only its directory is read."""
    if not content.startswith(_ZIP_START):
        raise _NotZip
    tail_start = max(0, len(content) - _ZIP_END_BYTES - _LONGEST_COMMENT)
    end = content.rfind(_ZIP_END, tail_start)
    record = content[end : end + _ZIP_END_BYTES]
    if end < 0 or len(record) < _ZIP_END_BYTES:
        raise _NotZip
    # Documents of 10 MB need no ZIP64, whose directory could be longer.
    is_zip64 = content[max(0, end - _LOCATOR_BYTES) : end].startswith(_ZIP64_LOCATOR)
    if is_zip64 or int.from_bytes(record[12:16], "little") > _MAX_DIRECTORY_BYTES:
        raise _NotZip
    return zipfile.ZipFile(io.BytesIO(content))


def _or_no_zip(check: Callable[[bytes], bool]) -> Callable[[bytes], bool]:
    """Return the check of a kind of ZIP file, which is false for other and damaged files."""

    def is_of_kind(content: bytes) -> bool:
        try:
            return check(content)
        except (
            _NotZip,
            zipfile.BadZipFile,
            EOFError,
            IndexError,
            NotImplementedError,
            RuntimeError,
            ValueError,
        ):
            return False

    return is_of_kind


_CHECKS: Mapping[FileType, Callable[[bytes], bool]] = {
    "pdf": _is_pdf,
    "docx": _or_no_zip(_is_docx),
    "odt": _or_no_zip(_is_odt),
    "txt": _is_txt,
}
