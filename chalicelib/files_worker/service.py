"""TextService: answers an invocation of the function of files."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any, Protocol

from chalicelib.files_worker.extractor import SECONDS, extract
from chalicelib.files_worker.refusals import MISSING, NOT_READABLE, TOO_LARGE

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES = 10 * 1024 * 1024
KINDS = frozenset({"pdf", "docx", "odt", "txt"})


class ObjectReader(Protocol):
    """Reads objects of the bucket."""

    def read(self, key: str) -> Iterator[bytes] | None:
        """Return the content of an object in chunks, or None if there is no such object."""


class TextService:
    """Returns the texts of files in the bucket."""

    def __init__(self, objects: ObjectReader) -> None:
        self._objects = objects

    def read_text(self, event: dict[str, Any]) -> dict[str, Any]:
        """Return the text of a file.

        Args:
            event: ``key``, the key of the object, and ``type``, one of ``KINDS``. If a caller waits
                who cannot wait long, ``seconds`` is how long the file may take.

        Returns:
            See ``extract``.
        """
        kind = str(event["type"])
        if kind not in KINDS:
            return {"refused": NOT_READABLE}
        with tempfile.TemporaryFile() as file:
            content = self._objects.read(str(event["key"]))
            if content is None:
                return {"refused": MISSING}
            size = 0
            for chunk in content:
                size += len(chunk)
                if size > MOST_BYTES:
                    return {"refused": TOO_LARGE}
                file.write(chunk)
            seconds = min(float(event.get("seconds", SECONDS)), SECONDS)
            return extract(file, kind, seconds=seconds)
