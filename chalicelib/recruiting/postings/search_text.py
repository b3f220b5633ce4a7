"""Search terms of the posting search."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
# Unicode does not decompose these letters, but people type them on keyboards that lack them.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe"})


def search_terms(*texts: str) -> list[str]:
    """Return the distinct words of texts, sorted, in lower case and without accents.

    For example, "Crème brûlée à Tromsø" gives "a", "brulee", "creme" and "tromso".
    """
    return sorted({word for text in texts for word in _WORD.findall(_fold(text))})


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    # Fold the case again, because NFKD may give capital letters, as "TEL" for "℡".
    bare = "".join(
        character for character in decomposed if not unicodedata.combining(character)
    ).casefold()
    return bare.translate(_LETTERS)
