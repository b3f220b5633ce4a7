"""CSV for spreadsheets (RFC 4180): quoted, and safe to open with any separator.

A spreadsheet may split a file at another separator than ours, for instance at semicolons where its
language uses them. Quotes then end early, so any separator and any line end of a text can begin a
cell (OWASP, CSV injection). An apostrophe before a sign of a formula keeps it a text. The original
text can be read back: remove one apostrophe wherever one would have been added.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Excel reads a file as UTF-8 only if it begins with this.
BYTE_ORDER_MARK = "\ufeff"
# Formulas begin with one of these signs, also in full width.
_SIGNS = r"=+\-@\uff1d\uff0b\uff0d\uff20"
# A cell may begin behind each of these.
_SEPARATORS = r",;|\t\r\n\v\f\u0085\u2028\u2029"
# Some spreadsheets ignore white space, invisible characters and quotes before a formula.
_IGNORED = r"\s\u0000-\u0020\u00ad\u200b-\u200f\u2060-\u206f\ufeff\""
_BEFORE = rf"{_SEPARATORS}{_IGNORED}"
# Matches all characters before a sign at once, and once only, so that the time is linear.
_START = re.compile(rf"(?:\A|(?<![{_BEFORE}])[{_BEFORE}]++)(?='*[{_SIGNS}])")
_SEPARATOR = re.compile(rf"[{_SEPARATORS}]")
_IGNORED_START = re.compile(r"'*[\t\r\n]")


def csv_row(cells: Iterable[str]) -> str:
    """Return a row with its line end."""
    return ",".join(map(_quoted, cells)) + "\r\n"


def _quoted(cell: str) -> str:
    safe = _START.sub(_with_apostrophe, cell)
    if _IGNORED_START.match(cell):
        safe = f"'{safe}"
    return '"' + safe.replace('"', '""') + '"'


def _with_apostrophe(found: re.Match[str]) -> str:
    before = found[0]
    return f"{before}'" if found.start() == 0 or _SEPARATOR.search(before) else before
