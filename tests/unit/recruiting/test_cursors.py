"""Cursors of the list of postings."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.common.errors import InvalidField
from chalicelib.recruiting.postings.cursors import Place
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
def test_cursor_leads_back_to_its_place(published_at: datetime) -> None:
    place = Place(published_at, ID)
    assert Place.of_cursor(place.cursor()) == place


@given(MOMENTS, IDS)
def test_cursor_needs_no_escaping_in_a_url(published_at: datetime, posting_id: str) -> None:
    cursor = Place(published_at, posting_id).cursor()
    assert re.fullmatch(r"[A-Za-z0-9_-]+", cursor)
    assert Place.of_cursor(cursor) == Place(published_at, posting_id)


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
    Place(datetime(2026, 1, 1, tzinfo=UTC), ID).cursor() + "A",
    Place(datetime(2026, 1, 1, tzinfo=UTC), ID).cursor()[:-2],
    Place(datetime(2026, 1, 1, tzinfo=UTC), ID.upper()).cursor(),
)
def test_invalid_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidField) as refused:
        Place.of_cursor(cursor)
    assert refused.value.field == "cursor"
