"""The text that the reader of a file returns: bounded, in NFC, without control characters."""

from __future__ import annotations

import re
import unicodedata

MOST_BYTES = 200_000

_LINE_END = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Control characters, surrogates, noncharacters, and characters that change the direction of the
# text around them or are invisible.
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u200b\u202a-\u202e\u2060-\u206f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff0-\uffff]"
)
_SPACES = re.compile(r"[ \t\u00a0]+")
_BLANK_LINES = re.compile(r"\n\s*\n\s*")


class TextOutput:
    """Collects the parts of a text until it has the greatest length."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = most
        self._parts: list[str] = []
        self._length = 0

    @property
    def is_full(self) -> bool:
        """Whether what is added now is dropped."""
        return self._length > self._most

    def add(self, part: str) -> None:
        """Add a part of the text."""
        if not self.is_full:
            self._parts.append(part)
            self._length += len(part)

    def finish(self) -> tuple[str, bool]:
        """Return the text, and whether it was cut."""
        raw = "".join(self._parts)
        text = clean(raw[: self._most])
        encoded = text.encode()
        cut = encoded[: self._most].decode(errors="ignore")
        return cut, len(raw) > self._most or len(encoded) > self._most


def clean(text: str) -> str:
    r"""Return a text in NFC whose lines end with ``\n``, with single spaces and blank lines."""
    text = _UNWANTED.sub("", _LINE_END.sub("\n", text))
    text = _SPACES.sub(" ", unicodedata.normalize("NFC", text))
    lines = "\n".join(line.strip() for line in text.split("\n"))
    return _BLANK_LINES.sub("\n\n", lines).strip()
