"""Search texts and search terms: postings and queries in one spelling, for every script.

Case, accents, other optional marks, widths, the script of digits and invisible characters make no
difference. Words of most scripts are found by their beginnings. Scripts that write no spaces
between words, or compound words without them (such as Chinese, Thai and Korean), are found by any
part of a text.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Unicode does not decompose these letters, but people type them on keyboards that lack them, or
# their keyboards have another of several code points for one letter (the Arabic ones).
_LETTERS = {
    **{"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"},  # noqa: RUF001
    **{"ħ": "h", "ŧ": "t", "ŋ": "n", "ə": "e", "ɓ": "b", "ɗ": "d", "ƙ": "k", "ƴ": "y"},
    **{"ك": "ک", "ي": "ی", "ى": "ی", "ة": "ه", "ـ": ""},  # noqa: RUF001
    # Parts of names, such as C++, C#, .NET and Node.js.
    **{"+": "+", "#": "#", "♯": "#", ".": "."},
}
# These marks change no word: those of Latin, Greek, Cyrillic and similar letters, nuktas, the
# points of Hebrew and the vowels of Arabic. Vowels and tones of other scripts do change it.
_OPTIONAL_MARKS = {1, 7, *range(10, 37), *range(200, 241)}
# Letters without a glyph, which fill a place in a syllable.
_FILLERS = "\u115f\u1160\u17b4\u17b5\u3164\uffa0"
_VARIATION_SELECTORS = "\u034f\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
_INVISIBLE = re.compile(f"[{_FILLERS}{_VARIATION_SELECTORS}]")
# Thai to Tibetan, Burmese and Hangul letters, Khmer, scripts of the Tai, Balinese, Javanese and
# Cham, Chinese and Japanese, Yi, Hangul; then the supplementary planes.
_UNSPACED = (
    "\u0e00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u1950-\u19ff\u1a20-\u1aaf\u1b00-\u1b7f"
    "\ua960-\ua97f\ua980-\ua9ff\uaa00-\uaadf\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u318f"
    "\u31a0-\u31ff\u3400-\u4dbf\u4e00-\ua4cf\uac00-\ud7ff\uf900-\ufaff"
    "\U00016fe0-\U00018dff\U0001aff0-\U0001b2ff\U00020000-\U0003ffff"
)
_RUN = re.compile(f"[{_UNSPACED}]+|[^{_UNSPACED} ]+")
_IS_UNSPACED = re.compile(f"[{_UNSPACED}]")
# The parts of a word such as "node.js", each but the first with its sign.
_PART = re.compile(r"[+#.]+[^+#.]+")


class _FoldTable(dict[int, str]):
    """The replacement of each character of a decomposed text in lower case."""

    def __missing__(self, code_point: int) -> str:
        self[code_point] = replacement = _fold_character(chr(code_point))
        return replacement


def _fold_character(character: str) -> str:
    category = unicodedata.category(character)
    if character in _LETTERS:
        return _LETTERS[character]
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category in ("Cf", "Me") or _INVISIBLE.match(character):
        return ""
    if category == "Mn" and unicodedata.combining(character) in _OPTIONAL_MARKS:
        return ""
    # Modifier letters among the signs (U+02B9 to U+02BF) are apostrophes.
    if category[0] in "LMN" and not "\u02b9" <= character <= "\u02bf":
        return character
    return " "


_FOLD_TABLE = _FoldTable()


def searchable_text(*texts: str) -> str:
    """Return the words of texts, each once, in the spelling of ``search_terms``."""
    words = dict.fromkeys(word for text in texts for word in _words(_fold(text), is_query=False))
    return "".join(f" {word}" for word in words)


def search_terms(query: str) -> list[str]:
    """Return the distinct terms of a query. A text matches that contains all of them.

    For example, "Crème brûlée" gives " brulee" and " creme", which begin words of a searchable
    text; "工程师" gives itself, which may be anywhere.
    """
    words = set(_words(_fold(query), is_query=True))
    return sorted(word if _IS_UNSPACED.match(word) else f" {word}" for word in words)


def contains_terms(text: str, terms: Sequence[str]) -> bool:
    """Return whether a searchable text contains all terms."""
    return all(term in text for term in terms)


def _fold(text: str) -> str:
    # Decompose again, because folding the case may compose, and compose what is left, so that a
    # letter is not found in another one that begins with it.
    lower = unicodedata.normalize("NFKD", text).casefold()
    folded = unicodedata.normalize("NFKD", lower).translate(_FOLD_TABLE)
    return unicodedata.normalize("NFC", folded)


def _words(folded: str, *, is_query: bool) -> Iterator[str]:
    """Yield the words of a folded text; of a text to be searched, also parts such as "js"."""
    for run in _RUN.findall(folded):
        if _IS_UNSPACED.match(run):
            yield run
            continue
        word = run.lstrip("+#").rstrip(".")
        if word.startswith("."):
            bare = word.lstrip(".+#")
            # ".NET", but neither ".5" nor "...and".
            word = f".{bare}" if len(word) == len(bare) + 1 and not bare[:1].isdigit() else bare
        if not word.strip(".+#"):
            continue
        yield word
        if not is_query:
            for part in _PART.findall(word):
                yield part
                yield part.lstrip(".+#")
