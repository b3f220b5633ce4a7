"""Closing dates of postings: a local time in a time zone, and the instant that it means."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import msgspec

from chalicelib.common.errors import InvalidField

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

LocalTime = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$(?!\n)",
        description="A local time such as 2026-11-30T23:59",
    ),
]
ZoneName = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$(?!\n)",
        max_length=64,
        description="The name of a time zone (IANA) such as Europe/Oslo",
    ),
]


class Deadline(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The time until which a posting accepts applications, as a clock in a place shows it."""

    date_time: LocalTime
    time_zone: ZoneName


def to_instant(deadline: Deadline) -> datetime:
    """Return the instant of a deadline in UTC.

    When clocks are put back, a local time happens twice; the second one counts. When they are put
    forward, a local time is left out; it counts as the time that the clock would show without the
    change. In both cases this is the later of the two possible instants, so that no candidate is
    late who reads the deadline in good faith.

    Raises:
        InvalidField: there is no such date, time or time zone.
    """
    zone = _zone(deadline.time_zone)
    try:
        local = datetime.fromisoformat(deadline.date_time)
    except ValueError:
        raise InvalidField("closes.date_time", "There is no such date or time") from None
    return max(local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))


def to_deadline(instant: datetime, time_zone: str) -> Deadline:
    """Return the deadline that means an instant in a time zone."""
    local = instant.astimezone(_zone(time_zone))
    return Deadline(f"{local:%Y-%m-%dT%H:%M}", time_zone)


def _zone(name: str) -> ZoneInfo:
    # Imported here, because few requests need it and a cold start should not pay for it.
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    # The name may be that of a folder or of another file of the database.
    except (ZoneInfoNotFoundError, ValueError, OSError):
        reason = "Expected the name of a time zone (IANA) such as Europe/Oslo"
        raise InvalidField("closes.time_zone", reason) from None
