"""Cursors: where a page of postings ended, as a text that a client hands back for the next one."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from chalicelib.common.errors import InvalidField
from chalicelib.common.ids import is_id

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_READABLE = re.compile(r"(-?[0-9]{1,14})\.([0-9a-f-]{36})")


class Place(NamedTuple):
    """The place of a posting among all, newest first: no other posting has it, ever.

    MongoDB keeps times to the millisecond, so that is what tells places apart.
    """

    published_at: datetime
    id: str

    def cursor(self) -> str:
        """This place as a text for URLs."""
        readable = f"{(self.published_at - _EPOCH) // _MILLISECOND}.{self.id}"
        return base64.urlsafe_b64encode(readable.encode()).decode().rstrip("=")

    @classmethod
    def of_cursor(cls, cursor: str) -> Place:
        """The place that a cursor stands for.

        Raises:
            InvalidField: it is none that we gave.
        """
        try:
            padded = cursor + "=" * (-len(cursor) % 4)
            readable = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
            parts = _READABLE.fullmatch(readable)
            if parts and is_id(parts[2]):
                return cls(_EPOCH + int(parts[1]) * _MILLISECOND, parts[2])
        except (ValueError, OverflowError):
            pass
        raise InvalidField("cursor", "Give a `next` of an earlier answer, or none")
