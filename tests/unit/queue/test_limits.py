"""Rates, back-off, and the key prefixes of shards."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.queue import Limits, Rate
from chalicelib.queue.rq.keys import shard_prefix
from tests.support.properties import examples

UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
LONGEST_SECONDS = 366 * 86400


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("10 per 5 minutes", Rate(10, 300)),
        ("1 per second", Rate(1, 1)),
        ("  100  per hour ", Rate(100, 3600)),
        ("3 Per 2 Days", Rate(3, 172800)),
    ],
)
def test_rate_text_is_parsed(text: str, rate: Rate) -> None:
    assert Rate.parse(text) == rate


@given(st.integers(1, 10**6), st.integers(1, 400), st.sampled_from(list(UNITS)), st.booleans())
def test_rate_within_the_bounds_is_parsed(
    count: int, units: int, unit: str, is_plural: bool
) -> None:
    text = f"{count} per {units} {unit}{'s' if is_plural else ''}"
    seconds = units * UNITS[unit]
    if seconds <= LONGEST_SECONDS:
        assert Rate.parse(text) == Rate.parse(f"  {text.upper()} ") == Rate(count, seconds)
    else:
        with pytest.raises(ValueError, match="366 days"):
            Rate.parse(text)


@given(st.text().filter(lambda text: "per" not in text.lower()))
@examples("", "10", "0 per minute", "10 per 0 hours", "ten per hour", "-1 per day")
def test_error_of_an_invalid_rate_has_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="10 per 5 minutes"):
        Rate.parse(text)


def test_backoff_doubles_up_to_its_maximum_with_jitter() -> None:
    limits = Limits(backoff_first=2, backoff_max=10)
    for failed, longest in ((1, 2), (2, 4), (3, 8), (4, 10), (50, 10)):
        delays = [limits.backoff(failed) for _ in range(200)]
        assert longest / 2 <= min(delays) < longest * 0.6
        assert longest * 0.9 < max(delays) <= longest


def test_shard_prefix_has_the_shard_number() -> None:
    assert [shard_prefix("{hl0}", shard) for shard in (0, 1, 12)] == ["{hl0}", "{hl1}", "{hl12}"]
    assert shard_prefix("rq", 0) == "rq"
