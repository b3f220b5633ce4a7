"""Words of a text as they are searched for, and the beginning of a text as it is listed."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
# Letters whose stroke or ligature Unicode does not take apart, though keyboards without them do.
_STROKES = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe"})


def words_in(*texts: str) -> list[str]:
    """The words of texts, each once, sorted: in lower case and without accents.

    "Crème brûlée à Tromsø" has "a", "brulee", "creme" and "tromso".
    """
    return sorted({word for text in texts for word in _WORD.findall(_folded(text))})


def _folded(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.casefold())
    # Twice: what a compatibility form stands for may have a capital letter, as that of "℡" (TEL).
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter)).casefold()
    return bare.translate(_STROKES)


def excerpt(text: str, length: int) -> str:
    """The beginning of a text on one line, at most so long; "…" where it was cut, at a word."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    end = line.rfind(" ", 0, length)
    # One word that fills the line has no better place to be cut.
    return line[: end if end > 0 else length - 1].rstrip(" ,;:-") + "…"
