"""Cursors of lists of postings. A client sends a cursor back to get the next page."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from chalicelib.common.errors import InvalidField
from chalicelib.common.ids import is_id

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_DECODED = re.compile(r"(-?[0-9]{1,14})\.([0-9a-f-]{36})")


class PageCursor(NamedTuple):
    """The place of a posting in the list of all postings, newest first.

    No two postings share a place. ``published_at`` has milliseconds, as MongoDB stores it.
    """

    published_at: datetime
    id: str

    def encode(self) -> str:
        """Return the cursor as text that needs no escaping in a URL."""
        decoded = f"{(self.published_at - _EPOCH) // _MILLISECOND}.{self.id}"
        return base64.urlsafe_b64encode(decoded.encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> PageCursor:
        """Return the cursor that ``encode`` made a text from.

        Raises:
            InvalidField: the text is not a cursor.
        """
        try:
            padded = text + "=" * (-len(text) % 4)
            decoded = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
            parts = _DECODED.fullmatch(decoded)
            if parts and is_id(parts[2]):
                return cls(_EPOCH + int(parts[1]) * _MILLISECOND, parts[2])
        except (ValueError, OverflowError):
            pass
        raise InvalidField("cursor", "Send the `next` of an earlier page, or leave it out")
