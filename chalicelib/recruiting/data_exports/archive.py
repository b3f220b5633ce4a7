"""Archive: a ZIP file that is written from its beginning to its end."""

from __future__ import annotations

import time
import zipfile
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from chalicelib.recruiting.files.multipart import MultipartUpload


class Archive:
    """Adds files to a ZIP file, each from parts that need not be in memory together.

    Args:
        target: where the ZIP file is written to.
    """

    def __init__(self, target: MultipartUpload) -> None:
        # ``zipfile`` writes to anything that has ``write`` and ``flush``.
        self._zip = zipfile.ZipFile(target, "w")  # type: ignore[call-overload]

    def add(self, name: str, parts: Iterable[bytes], *, compress: bool = True) -> None:
        """Add a file. Files of candidates are mostly compressed already."""
        info = zipfile.ZipInfo(name, time.gmtime()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
        info.external_attr = 0o600 << 16
        with self._zip.open(info, "w") as file:
            for part in parts:
                file.write(part)

    def add_text(self, name: str, text: str) -> None:
        """Add a text."""
        self.add(name, [text.encode("utf-8", "replace")])

    def add_json(self, name: str, content: Any) -> None:
        """Add a document as JSON."""
        self.add(name, [_json(content)])

    def add_list(self, name: str, items: Iterable[Any]) -> None:
        """Add a list as JSON, one item after the other."""
        self.add(name, _list_parts(items))

    def close(self) -> None:
        """Write the directory of the ZIP file."""
        self._zip.close()


def _json(content: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"


def _list_parts(items: Iterable[Any]) -> Iterator[bytes]:
    separator = b"[\n"
    for item in items:
        yield separator
        yield _json(item)
        separator = b",\n"
    yield b"[]\n" if separator == b"[\n" else b"]\n"
