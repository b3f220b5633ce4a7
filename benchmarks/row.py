"""A row of the results: a value, its bar, and its rounds."""

from __future__ import annotations

import statistics
from typing import Any, Literal

import msgspec

Better = Literal["higher", "lower"]


class Row(msgspec.Struct, kw_only=True):
    """A row of the table and of results.json.

    ``value`` is the median of ``rounds``. ``bar`` is the required value and ``stretch`` the
    desired one; rows without them are for information. A measure that could not run has no value,
    and ``detail`` has the reason under ``not_run``. ``conditions`` are those of the run.
    """

    measure: str
    value: float | None
    unit: str
    better: Better
    bar: float | None
    stretch: float | None
    rounds: list[float]
    persistence: str
    conditions: str = ""
    detail: dict[str, Any] = {}

    @property
    def verdict(self) -> str:
        """Return the verdict: how the value compares to the bar and the stretch."""
        if self.value is None:
            return f"not run: {self.detail.get('not_run', '')}"
        if self.bar is None:
            return ""
        if self._reaches(self.stretch):
            return "stretch met"
        return "bar met" if self._reaches(self.bar) else "BELOW BAR"

    def _reaches(self, wanted: float | None) -> bool:
        if wanted is None or self.value is None:
            return False
        return self.value >= wanted if self.better == "higher" else self.value <= wanted


def median(rounds: list[float]) -> float:
    """Return the median with four significant digits, because more would be noise."""
    return rounded(statistics.median(rounds))


def rounded(number: float) -> float:
    """Return a number with four significant digits."""
    return float(f"{number:.4g}")
