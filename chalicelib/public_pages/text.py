"""Texts of people, made safe for every format of the public pages."""

from __future__ import annotations

import re

from chalicelib.notifications.direction import remove_direction_controls

# The characters that XML 1.0 allows (section 2.2), without the control characters and the
# noncharacters that it and HTML discourage.
_UNSUITABLE = re.compile(
    "[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]"
)


def clean(text: str) -> str:
    r"""Return a text that HTML, JSON and XML 1.0 can hold, and that changes no direction behind it.

    Control characters and controls of the direction are removed, line breaks are ``\n``, and
    U+FFFD replaces a lone surrogate. Markup is not escaped, because each format does that itself.
    """
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    lines = whole.replace("\r\n", "\n").replace("\r", "\n")
    return remove_direction_controls(_UNSUITABLE.sub("", lines))


def clean_line(text: str) -> str:
    """Return a clean text on one line, for a title or a name."""
    return " ".join(clean(text).split())
