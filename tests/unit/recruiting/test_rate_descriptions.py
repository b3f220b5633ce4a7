"""Rate limits in words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.queue import Rate
from chalicelib.recruiting.applications.job_queue import describe_rates

RATES = st.lists(
    st.builds(Rate, st.integers(1, 1000), st.integers(1, 10 * 24 * 60 * 60)), min_size=1, max_size=4
)
SECONDS = {"day": 24 * 60 * 60, "hour": 60 * 60, "minute": 60, "second": 1}


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        (
            ["1 per hour", "5 per 2 days", "9 per 90 seconds"],
            "1 application in an hour, 5 in 2 days, 9 in 90 seconds",
        ),
        (["10 per 5 minutes", "100 per day"], "10 applications in 5 minutes, 100 in a day"),
        (["2 per second"], "2 applications in a second"),
    ],
)
def test_rates_are_described_in_words(rates: list[str], expected: str) -> None:
    assert describe_rates([Rate.parse(rate) for rate in rates]) == expected


@given(RATES)
def test_description_has_every_number(rates: list[Rate]) -> None:
    phrases = describe_rates(rates).split(", ")
    described = []
    for phrase in phrases:
        parts = re.fullmatch(r"(\d+)(?: applications?)? in (an?|\d+) (\w+?)s?", phrase)
        assert parts, phrase
        number = 1 if parts[2].startswith("a") else int(parts[2])
        described.append(Rate(int(parts[1]), number * SECONDS[parts[3]]))
    assert described == rates
