"""Excerpts of posting descriptions."""

from __future__ import annotations


def excerpt(text: str, length: int) -> str:
    """Return the beginning of a text on one line.

    Args:
        text: any text; line breaks and repeated spaces become single spaces.
        length: the most code points to return. A longer text is cut at a word, or within a word if
            the last space is far from this length, and ends in "…".
    """
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    end = line.rfind(" ", length * 3 // 5, length)
    if end < 0:
        end = _last_boundary(line, length - 1)
    return line[:end].rstrip(" ,;:-") + "…"


def _last_boundary(text: str, index: int) -> int:
    """Return the last index, at most ``index``, that is between two grapheme clusters.

    A grapheme cluster (Unicode Standard Annex 29) is what a reader perceives as one character, such
    as an emoji sequence or a letter with its marks.
    """
    # Imported here, because most texts have spaces and a cold start should not pay for it.
    from grapheme import safe_split_index

    boundary: int = safe_split_index(text, index)
    return boundary
