"""ManualClock: a clock that only moves when a test forwards it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class ManualClock:
    """A clock for all parts that use the time."""

    def __init__(self) -> None:
        self._now = datetime(2031, 5, 4, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def seconds(self) -> float:
        return self._now.timestamp()

    def forward(self, **by: float) -> None:
        self._now += timedelta(**by)
