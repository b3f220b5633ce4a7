"""TextService: answers invocations of the function of files."""

from __future__ import annotations

import base64
import tempfile
from typing import TYPE_CHECKING, Any, Protocol

from chalicelib.files_worker.extractor import SECONDS, extract
from chalicelib.files_worker.refusals import MISSING, NOT_READABLE, TOO_LARGE

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES = 10 * 1024 * 1024
KINDS = frozenset({"pdf", "docx", "odt", "txt"})
# A resume in XML, which is in the event and in no bucket.
RESUME_KIND = "europass"
MOST_RESUME_BYTES = 500_000


class ObjectReader(Protocol):
    """Reads objects of the bucket."""

    def read(self, key: str) -> Iterator[bytes] | None:
        """Return the content of an object in chunks, or None if there is no such object."""


class TextService:
    """Returns the texts of files in the bucket."""

    def __init__(self, objects: ObjectReader) -> None:
        self._objects = objects

    def answer(self, event: dict[str, Any]) -> dict[str, Any]:
        """Return the text of a file, or the resume of an XML document.

        Args:
            event: for a resume ``content``, in base64, and the type ``RESUME_KIND``; else see
                ``read_text``.
        """
        if event["type"] != RESUME_KIND:
            return self.read_text(event)
        content = base64.b64decode(event["content"])
        if len(content) > MOST_RESUME_BYTES:
            return {"refused": TOO_LARGE}
        with tempfile.TemporaryFile() as file:
            file.write(content)
            return extract(file, RESUME_KIND, seconds=_seconds(event))

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
        seconds = _seconds(event)
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
            return extract(file, kind, seconds=seconds)


def _seconds(event: dict[str, Any]) -> float:
    return min(float(event.get("seconds", SECONDS)), SECONDS)
