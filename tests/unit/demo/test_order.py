"""The demo detects applications that overtake each other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from infrastructure.local.demo.errors import DemoError
from infrastructure.local.demo.order import Times, check_order, writes

START = datetime(2026, 5, 4, 12, tzinfo=UTC)
IDS = ["first", "second", "third"]


def times(*rows: tuple[int, int, int]) -> dict[str, Times]:
    """One row of seconds for each application: accepted, stored, mailed."""
    return {
        name: Times(*(START + timedelta(seconds=second) for second in row))
        for name, row in zip(IDS, rows, strict=True)
    }


@pytest.mark.parametrize(
    ("seen", "count"),
    [
        (times((0, 5, 6), (1, 7, 8), (2, 9, 10)), 3),
        (times((0, 5, 6), (1, 5, 7), (2, 5, 8)), 1),
        (times((0, 5, 9), (1, 5, 9), (2, 6, 9)), 2),
    ],
    ids=["one-by-one", "one-write", "two-writes"],
)
def test_kept_order_passes(seen: dict[str, Times], count: int) -> None:
    check_order("Ada", IDS, seen)
    assert writes(IDS, seen) == count


@pytest.mark.parametrize(
    ("seen", "step"),
    [
        (times((0, 5, 6), (2, 7, 8), (1, 9, 10)), "accepted"),
        (times((0, 5, 8), (1, 7, 8), (2, 6, 8)), "stored"),
        (times((0, 5, 7), (1, 5, 6), (2, 5, 8)), "mailed"),
    ],
)
def test_overtaking_fails(seen: dict[str, Times], step: str) -> None:
    with pytest.raises(DemoError, match=f"^Ada's applications were {step} in a different order"):
        check_order("Ada", IDS, seen)
