"""Origins of applications, and the sizes of bursts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.auth.credentials.derived_keys import DerivedKey
from chalicelib.recruiting.bursts.hours import WINDOW, count_within_an_hour
from chalicelib.recruiting.bursts.origins import OriginHasher

START = datetime(2026, 11, 29, tzinfo=UTC)
NOON = 1_795_953_600


def hasher(now: float = NOON, key: str = "one") -> OriginHasher:
    return OriginHasher(DerivedKey(key, "origin"), behind_cdn=False, clock=lambda: now)


@given(st.lists(st.integers(0, 300), max_size=40))
def test_size_is_that_of_the_fullest_hour(minutes: list[int]) -> None:
    times = [START + timedelta(minutes=minute) for minute in sorted(minutes)]
    hours = [[one for one in times if first <= one <= first + WINDOW] for first in times]
    expected = [max(len(hour) for hour in hours if one in hour) for one in times]
    assert count_within_an_hour(times) == expected


def test_origin_is_the_same_for_a_day_and_a_network() -> None:
    origin = hasher().of_address("192.0.2.1")
    assert len(origin) == 16
    assert hasher(NOON + 11 * 3600).of_address("192.0.2.1") == origin
    others = [
        hasher(NOON + 13 * 3600).of_address("192.0.2.1"),
        hasher(key="another").of_address("192.0.2.1"),
        hasher().of_address("192.0.2.2"),
    ]
    assert origin not in others
    assert hasher().of_address("") == ""
