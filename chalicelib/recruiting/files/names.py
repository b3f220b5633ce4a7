"""Names of files: safe to show, to store and to save under."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from chalicelib.recruiting.files.models import FileType

# Most file systems allow 255 bytes. Browsers add a few characters to the name of a second download.
_MAX_BYTES = 200
_PATH = re.compile(r".*[/\\]", re.DOTALL)
# What Windows forbids in names, and what has a meaning for shells or headers.
_FORBIDDEN = re.compile(r'[<>:"|?*%;`$\x00]')
_SPACES = re.compile(r"\s+")
_NOT_SHOWN = {"Cc", "Cf", "Cs", "Co", "Cn"}
_DEFAULT = "file"


def safe_name(name: str, file_type: FileType) -> str:
    """Return a name without folders, control characters and changes of direction.

    It ends with the type of the file, whatever the sender called it: ``cv.exe`` with the type
    ``pdf`` becomes ``cv.exe.pdf``.
    """
    text = unicodedata.normalize("NFC", _PATH.sub("", name))
    text = "".join(" " if one in "\t\r\n" else one for one in text if _is_shown(one))
    text = _SPACES.sub(" ", _FORBIDDEN.sub("", text)).strip()
    extension = f".{file_type}"
    stem = text[: -len(extension)] if text.lower().endswith(extension) else text
    stem = _cut(stem.strip(" ."), _MAX_BYTES - len(extension)).rstrip(" .")
    return f"{stem or _DEFAULT}{extension}"


def content_disposition(name: str) -> str:
    """Return the header that makes browsers save a file instead of showing it (RFC 6266)."""
    ascii_name = name.encode("ascii", "replace").decode().replace("?", "_").replace("\\", "_")
    return f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name, safe='')}"


def _is_shown(character: str) -> bool:
    return character in "\t\r\n" or unicodedata.category(character) not in _NOT_SHOWN


def _cut(text: str, most: int) -> str:
    """Return the beginning of a text, of at most so many bytes in UTF-8."""
    return text.encode()[:most].decode(errors="ignore")
