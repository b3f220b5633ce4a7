"""CSV for spreadsheets (RFC 4180): quoted, and safe to open."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Excel reads a file as UTF-8 only if it begins with this.
BYTE_ORDER_MARK = "\ufeff"
# Spreadsheets take a cell for a formula if it begins with one of these signs, also in full width
# (OWASP, CSV injection). Some ignore white space and invisible characters before it.
_IGNORED = r"\s\u0000-\u0020\u00ad\u200b-\u200f\u2060-\u206f\ufeff"
_FORMULA = re.compile(rf"[\t\r\n]|[{_IGNORED}]*[=+\-@\uff1d\uff0b\uff0d\uff20]")


def csv_row(cells: Iterable[str]) -> str:
    """Return a row with its line end. An apostrophe before a cell keeps it from being a formula."""
    return ",".join(map(_quoted, cells)) + "\r\n"


def _quoted(cell: str) -> str:
    safe = f"'{cell}" if _FORMULA.match(cell) else cell
    return '"' + safe.replace('"', '""') + '"'
