"""Deadlines: the instant that a local time in a time zone means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.common.errors import InvalidField
from chalicelib.recruiting.postings.deadlines import Deadline, to_deadline, to_instant

ZONES = sorted(available_timezones() - {"localtime", "Factory"})


@pytest.mark.parametrize(
    ("local", "zone", "instant", "shown"),
    [
        ("2026-11-30T23:59", "Europe/Oslo", "2026-11-30T22:59", "2026-11-30T23:59"),
        ("2026-11-30T23:59", "America/New_York", "2026-12-01T04:59", "2026-11-30T23:59"),
        ("2026-11-30T23:59", "UTC", "2026-11-30T23:59", "2026-11-30T23:59"),
        # Left out: 02:00 to 03:00 on 2026-03-29.
        ("2026-03-29T02:30", "Europe/Oslo", "2026-03-29T01:30", "2026-03-29T03:30"),
        ("2026-03-29T03:00", "Europe/Oslo", "2026-03-29T01:00", "2026-03-29T03:00"),
        # Twice: 02:00 to 03:00 on 2026-10-25; the second one counts.
        ("2026-10-25T02:30", "Europe/Oslo", "2026-10-25T01:30", "2026-10-25T02:30"),
        ("2026-10-25T01:59", "Europe/Oslo", "2026-10-24T23:59", "2026-10-25T01:59"),
        # Half an hour, a quarter, and the far ends of the day.
        ("2026-04-05T01:45", "Australia/Lord_Howe", "2026-04-04T15:15", "2026-04-05T01:45"),
        ("2026-07-01T12:00", "Asia/Kathmandu", "2026-07-01T06:15", "2026-07-01T12:00"),
        ("2026-07-01T00:00", "Pacific/Kiritimati", "2026-06-30T10:00", "2026-07-01T00:00"),
        ("2026-07-01T00:00", "Pacific/Pago_Pago", "2026-07-01T11:00", "2026-07-01T00:00"),
    ],
)
def test_instant_of_a_local_time(local: str, zone: str, instant: str, shown: str) -> None:
    found = to_instant(Deadline(local, zone))
    assert found == datetime.fromisoformat(instant).replace(tzinfo=UTC)
    assert to_deadline(found, zone) == Deadline(shown, zone)


@given(
    local=st.datetimes(datetime(2026, 1, 1), datetime(2060, 1, 1)).map(
        lambda time: time.replace(second=0, microsecond=0)
    ),
    zone=st.sampled_from(ZONES),
)
def test_deadline_is_the_last_instant_with_that_local_time(local: datetime, zone: str) -> None:
    deadline = Deadline(f"{local:%Y-%m-%dT%H:%M}", zone)
    instant = to_instant(deadline)
    shown = to_deadline(instant, zone)
    assert to_instant(shown) == instant
    # Later in the same hour or two, no clock shows the local time again.
    later = [instant + timedelta(minutes=15 * step) for step in range(1, 13)]
    assert local not in {one.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for one in later}
    assert shown == deadline or datetime.fromisoformat(shown.date_time) > local


@pytest.mark.parametrize(
    ("local", "zone", "field"),
    [
        ("2026-02-29T12:00", "Europe/Oslo", "closes.date_time"),
        ("2026-02-28T24:30", "Europe/Oslo", "closes.date_time"),
        *(
            ("2026-02-28T12:00", zone, "closes.time_zone")
            for zone in ("Europe/Olso", "Europe", "europe/oslo ", "zone.tab", "../passwd", "")
        ),
    ],
)
def test_impossible_deadline_names_its_field(local: str, zone: str, field: str) -> None:
    with pytest.raises(InvalidField) as caught:
        to_instant(Deadline(local, zone))
    assert caught.value.field == field
