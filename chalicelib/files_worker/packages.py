"""Reads DOCX and ODT, which are zip archives of XML.

XML is read as a stream of events, so a large file takes no more memory than a small one. Document
type declarations are refused, and with them all entities. Nothing that a file refers to is opened.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from typing import IO, TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from chalicelib.files_worker.refusals import (
    ACTIVE_CONTENT,
    ENCRYPTED,
    MACROS,
    NOT_READABLE,
    TOO_COMPLEX,
    Refusal,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chalicelib.files_worker.output import TextOutput

MOST_ENTRIES = 5000
# Of all the parts that are read, without compression.
MOST_XML_BYTES = 10_000_000
MOST_DEPTH = 200
_CHUNK = 65_536
_DOCX_PARTS = re.compile(r"word/(?:header|footer|footnotes|endnotes|document)\d*\.xml")
# Macros of Word, of LibreOffice, and controls that a document brings along.
_MACROS = re.compile(
    r"(?:.*/)?vba(?:project|data)\.(?:bin|xml)|(?:basic|scripts)/.+", re.IGNORECASE
)
_CONTROLS = re.compile(r"word/activex/.+", re.IGNORECASE)
_DOCX_ORDER = ("header", "document", "footer", "footnotes", "endnotes")

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"


class TextTarget:
    """Receives the events of a parser, and collects text.

    Args:
        output: receives the text.
        textual: the elements that contain text.
        breaks: what an element adds at its start, by its name.
        ends: what an element adds at its end.
        skipped: the elements whose content is left out.
    """

    def __init__(
        self,
        output: TextOutput,
        *,
        textual: frozenset[str],
        breaks: Mapping[str, str],
        ends: Mapping[str, str],
        skipped: frozenset[str],
    ) -> None:
        self._output = output
        self._textual, self._breaks, self._ends, self._skipped = textual, breaks, ends, skipped
        self._depth = 0
        self._textual_depth = 0
        self._skipped_depth = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Enter an element."""
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise Refusal(TOO_COMPLEX)
        self._textual_depth += tag in self._textual
        self._skipped_depth += tag in self._skipped
        if tag in self._breaks and not self._skipped_depth:
            self._output.add(self._breaks[tag])

    def end(self, tag: str) -> None:
        """Leave an element."""
        self._depth -= 1
        self._textual_depth -= tag in self._textual
        self._skipped_depth -= tag in self._skipped
        if tag in self._ends and not self._skipped_depth:
            self._output.add(self._ends[tag])

    def data(self, text: str) -> None:
        """Receive characters."""
        if self._textual_depth and not self._skipped_depth:
            self._output.add(text)

    def close(self) -> None:
        """End the document."""


def read_docx(file: IO[bytes], output: TextOutput) -> None:
    """Read the text of a Word document, with its headers and footers.

    Raises:
        Refusal: the file cannot be read.
    """
    archive = _open(file)
    names = [name for name in archive.namelist() if _DOCX_PARTS.fullmatch(name)]
    if "word/document.xml" not in names:
        raise Refusal(NOT_READABLE)
    names.sort(key=lambda name: (_DOCX_ORDER.index(re.sub(r"word/|\d*\.xml", "", name)), name))
    target = TextTarget(
        output,
        textual=frozenset({f"{_W}t"}),
        breaks={f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"},
        ends={f"{_W}p": "\n", f"{_W}tc": "\t"},
        # The same content again, for older programs.
        skipped=frozenset(
            {"{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"}
        ),
    )
    _read_parts(archive, names, target, output)


def read_odt(file: IO[bytes], output: TextOutput) -> None:
    """Read the text of an OpenDocument text, with its headers and footers.

    Raises:
        Refusal: the file cannot be read.
    """
    archive = _open(file)
    names = set(archive.namelist())
    if "content.xml" not in names:
        raise Refusal(NOT_READABLE)
    if "META-INF/manifest.xml" in names and b"encryption-data" in _read_start(
        archive, "META-INF/manifest.xml"
    ):
        raise Refusal(ENCRYPTED)
    target = TextTarget(
        output,
        textual=frozenset({f"{_TEXT}p", f"{_TEXT}h"}),
        breaks={f"{_TEXT}s": " ", f"{_TEXT}tab": "\t", f"{_TEXT}line-break": "\n"},
        ends={f"{_TEXT}p": "\n", f"{_TEXT}h": "\n"},
        skipped=frozenset({f"{_TEXT}tracked-changes", f"{_OFFICE}annotation"}),
    )
    # The styles have the headers and footers of pages.
    parts = [name for name in ("styles.xml", "content.xml") if name in names]
    _read_parts(archive, parts, target, output)


def _open(file: IO[bytes]) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise Refusal(NOT_READABLE) from error
    if len(archive.infolist()) > MOST_ENTRIES:
        raise Refusal(TOO_COMPLEX)
    if any(entry.flag_bits & 1 for entry in archive.infolist()):
        raise Refusal(ENCRYPTED)
    if any(_MACROS.fullmatch(name) for name in archive.namelist()):
        raise Refusal(MACROS)
    if any(_CONTROLS.fullmatch(name) for name in archive.namelist()):
        raise Refusal(ACTIVE_CONTENT)
    return archive


def _read_start(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as part:
        return part.read(_CHUNK)


def _read_parts(
    archive: zipfile.ZipFile, names: Sequence[str], target: TextTarget, output: TextOutput
) -> None:
    left = MOST_XML_BYTES
    try:
        for name in names:
            parser = DefusedXMLParser(target=target, forbid_dtd=True)
            with archive.open(name) as part:
                while chunk := part.read(_CHUNK):
                    left -= len(chunk)
                    if left < 0:
                        raise Refusal(TOO_COMPLEX)
                    parser.feed(chunk)
                    if output.is_full:
                        return
            parser.close()
    except (
        ParseError,
        DefusedXmlException,
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        ValueError,
        LookupError,
        OSError,
    ) as error:
        raise Refusal(NOT_READABLE) from error
