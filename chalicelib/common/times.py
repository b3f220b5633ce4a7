"""Times as both stores keep them: in UTC and whole milliseconds."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """Return the current time."""
    return to_stored_time(datetime.now(UTC))


def to_stored_time(time: datetime) -> datetime:
    """Return a time as it is read back from MongoDB, which keeps milliseconds and no time zone.

    Args:
        time: any time; one without a time zone is UTC, as MongoDB's driver treats it.
    """
    in_utc = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    return in_utc.replace(microsecond=in_utc.microsecond // 1000 * 1000)
