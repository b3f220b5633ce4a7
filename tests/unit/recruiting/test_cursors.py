"""Cursors of the list of postings."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.common.errors import InvalidField
from chalicelib.recruiting.postings.cursors import PageCursor
from tests.support.properties import examples

ID = "01a2115b-1f2c-7e44-8d6f-0123456789ab"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# MongoDB keeps milliseconds.
MOMENTS = st.builds(
    lambda ms: EPOCH + timedelta(milliseconds=ms), st.integers(-60_000_000_000_000, 10**14 - 1)
)
IDS = st.uuids().map(str)


def encode(readable: str) -> str:
    return base64.urlsafe_b64encode(readable.encode()).decode().rstrip("=")


@given(MOMENTS)
@examples(
    datetime(2026, 11, 25, 7, 0, 0, 123_000, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC),
    datetime(2226, 1, 1, tzinfo=UTC),
)
def test_decode_returns_the_encoded_cursor(published_at: datetime) -> None:
    cursor = PageCursor(published_at, ID)
    assert PageCursor.decode(cursor.encode()) == cursor


@given(MOMENTS, IDS)
def test_cursor_needs_no_escaping_in_a_url(published_at: datetime, posting_id: str) -> None:
    cursor = PageCursor(published_at, posting_id).encode()
    assert re.fullmatch(r"[A-Za-z0-9_-]+", cursor)
    assert PageCursor.decode(cursor) == PageCursor(published_at, posting_id)


@given(st.text() | st.text().map(encode) | st.binary().map(lambda raw: raw.hex()))
@examples(
    "x",
    "nonsense",
    "é",
    "====",
    ID,
    encode(""),
    encode("\x00"),
    encode(f"{ID}"),
    encode(f"now.{ID}"),
    encode("1764054000123."),
    encode("1764054000123." + "-" * 36),
    encode(f"1764054000123.{ID}\n"),
    encode(f"-99999999999999.{ID}"),
    encode(f"999999999999999999999.{ID}"),
    encode('{"$gt": ""}'),
    base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    PageCursor(datetime(2026, 1, 1, tzinfo=UTC), ID).encode() + "A",
    PageCursor(datetime(2026, 1, 1, tzinfo=UTC), ID).encode()[:-2],
    PageCursor(datetime(2026, 1, 1, tzinfo=UTC), ID.upper()).encode(),
)
def test_invalid_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidField) as refused:
        PageCursor.decode(cursor)
    assert refused.value.field == "cursor"
