"""Reads plain text in any of the usual encodings."""

from __future__ import annotations

import codecs
from typing import IO

from chalicelib.files_worker.output import MOST_BYTES, TextOutput
from chalicelib.files_worker.refusals import NO_TEXT, NOT_READABLE, Refusal

# Of UTF-32 before that of UTF-16, which is its beginning.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# At most four bytes a character, and a few that are cut off at the end.
_MOST_READ = 4 * MOST_BYTES + 4


def read_plain_text(file: IO[bytes], output: TextOutput) -> None:
    """Read a text.

    Raises:
        Refusal: the file is no text.
    """
    content = file.read(_MOST_READ)
    if not content.strip(b"\0 \r\n\t"):
        raise Refusal(NO_TEXT)
    text = _decode(content)
    controls = sum(one < " " and one not in "\t\n\r\x0b\x0c" for one in text)
    if controls > len(text) // 10:
        raise Refusal(NOT_READABLE)
    output.add(text)
    if file.read(1):
        output.add(" " * MOST_BYTES)


def _decode(content: bytes) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, errors="replace")
    even, odd = content[::2].count(0), content[1::2].count(0)
    most, least = max(even, odd), min(even, odd)
    if 8 * most > len(content) and 8 * least < most:
        encoding = "utf-16-be" if even > odd else "utf-16-le"
        return content.decode(encoding, errors="replace")
    try:
        # Without the end of a character that the limit cut.
        return codecs.getincrementaldecoder("utf-8")().decode(content)
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace").replace("\ufffd", "")
