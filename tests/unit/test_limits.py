"""The numbers of the lanes: rates, back-off, prefixes of shards."""

from __future__ import annotations

import pytest

from chalicelib.queue import Limits, Rate
from chalicelib.queue.rq.keys import shard_prefix


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("10 per 5 minutes", Rate(10, 300)),
        ("1 per second", Rate(1, 1)),
        ("  100  per hour ", Rate(100, 3600)),
        ("3 Per 2 Days", Rate(3, 172800)),
    ],
)
def test_a_rate_is_read_as_people_write_it(text: str, rate: Rate) -> None:
    assert Rate.parse(text) == rate


@pytest.mark.parametrize(
    "text", ["", "10", "0 per minute", "10 per 0 hours", "ten per hour", "-1 per day"]
)
def test_what_is_no_rate_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="10 per 5 minutes"):
        Rate.parse(text)


def test_back_off_doubles_to_its_most_and_half_of_it_is_chance() -> None:
    limits = Limits(backoff_first=2, backoff_max=10)
    for failed, longest in ((1, 2), (2, 4), (3, 8), (4, 10), (50, 10)):
        delays = [limits.backoff(failed) for _ in range(200)]
        assert longest / 2 <= min(delays) < longest * 0.6
        assert longest * 0.9 < max(delays) <= longest


def test_shards_are_counted_in_the_prefix() -> None:
    assert [shard_prefix("{hl0}", shard) for shard in (0, 1, 12)] == ["{hl0}", "{hl1}", "{hl12}"]
    assert shard_prefix("rq", 0) == "rq"
