"""Cursors: there and back, and what is none."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime

import pytest

from chalicelib.common.errors import InvalidField
from chalicelib.common.ids import new_id
from chalicelib.recruiting.postings.cursors import Place

ID = "01a2115b-1f2c-7e44-8d6f-0123456789ab"


def encoded(readable: str) -> str:
    return base64.urlsafe_b64encode(readable.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "published_at",
    [
        datetime(2026, 11, 25, 7, 0, 0, 123_000, tzinfo=UTC),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC),
        datetime(2226, 1, 1, tzinfo=UTC),
    ],
)
def test_a_cursor_leads_back_to_its_place(published_at: datetime) -> None:
    place = Place(published_at, new_id())
    assert Place.of_cursor(place.cursor()) == place


def test_a_cursor_needs_no_escaping_in_a_url() -> None:
    cursors = [Place(datetime.now(UTC), new_id()).cursor() for _ in range(50)]
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+", cursor) for cursor in cursors)


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "nonsense",
        "é",
        "====",
        ID,
        encoded(""),
        encoded("\x00"),
        encoded(f"{ID}"),
        encoded(f"now.{ID}"),
        encoded("1764054000123."),
        encoded("1764054000123." + "-" * 36),
        encoded(f"1764054000123.{ID}\n"),
        encoded(f"-99999999999999.{ID}"),
        encoded(f"999999999999999999999.{ID}"),
        encoded('{"$gt": ""}'),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        Place(datetime(2026, 1, 1, tzinfo=UTC), ID).cursor() + "A",
        Place(datetime(2026, 1, 1, tzinfo=UTC), ID).cursor()[:-2],
        Place(datetime(2026, 1, 1, tzinfo=UTC), ID.upper()).cursor(),
    ],
)
def test_what_is_no_cursor_is_refused_by_its_name(cursor: str) -> None:
    with pytest.raises(InvalidField) as refused:
        Place.of_cursor(cursor)
    assert refused.value.field == "cursor"
