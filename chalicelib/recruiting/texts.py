"""Texts that employers write, in the form in which they are stored."""

from __future__ import annotations

import re

from chalicelib.notifications.direction import remove_direction_controls

_LINE_END = re.compile(r"\r\n?|[\u2028\u2029]")


def clean_line(text: str) -> str:
    """Return a text of one line, such as a name, without what would disturb the text beside it."""
    return remove_direction_controls(text).strip()


def clean_text(text: str) -> str:
    r"""Return a text of several lines, all of which end with ``\n``; see ``clean_line``."""
    return _LINE_END.sub("\n", clean_line(text))
