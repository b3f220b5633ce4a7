"""Direction of text: no value changes the order of the text beside it."""

from __future__ import annotations

import unicodedata

# Embeddings, overrides and isolates change the direction of the text behind them.
_CONTROLS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
# Readers do not show these, and white space between one and the edge of a value would stay.
_UNSEEN = dict.fromkeys(one for one in (*range(0x20), *range(0x7F, 0xA0)) if not chr(one).isspace())
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"
_RIGHT_TO_LEFT = {"R", "AL", "AN"}


def remove_direction_controls(text: str) -> str:
    """Return a text without characters that change the direction of other text."""
    return text.translate(_CONTROLS)


def is_right_to_left(text: str) -> bool:
    """Return whether a text could change the order of text beside it."""
    return any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text)


def isolate(text: str) -> str:
    """Return a text for use within a sentence, so that neither changes the other's direction."""
    bare = remove_direction_controls(text)
    if not is_right_to_left(bare):
        return bare
    return f"{_FIRST_STRONG_ISOLATE}{bare.translate(_UNSEEN).strip()}{_POP_ISOLATE}"
