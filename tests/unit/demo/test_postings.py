"""The postings of the demo: stable ids, valid fields, good coverage of the fields."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import get_args

import msgspec
import pytest

from chalicelib.common.ids import is_id
from chalicelib.recruiting.postings.models import Employment, Posting, Workplace
from infrastructure.local.demo.journey import CANDIDATES
from tests.support.demo_postings import demo_postings

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
POSTINGS = demo_postings(NOW)
FIRST_IDS = [
    "626adc77",
    "b6716a7f",
    "69ffbd5f",
    "58a8d0d2",
    "7750331c",
    "31f339a0",
    "c1f1eeef",
    "4f6b068f",
]


def test_ids_never_change() -> None:
    later = demo_postings(NOW.replace(year=2027))
    assert [posting.id for posting in POSTINGS] == [posting.id for posting in later]
    assert len({posting.id for posting in POSTINGS}) == len(POSTINGS)
    assert all(is_id(posting.id) for posting in POSTINGS)


def test_first_ids_are_those_of_earlier_versions() -> None:
    """Existing stacks hold them: with a new id, the old posting would remain."""
    assert [posting.id[:8] for posting in POSTINGS[:8]] == FIRST_IDS


def test_postings_are_newest_first() -> None:
    assert all(a.published_at > b.published_at for a, b in pairwise(POSTINGS))
    assert POSTINGS[-1].published_at >= NOW - timedelta(days=60)


@pytest.mark.parametrize("posting", POSTINGS, ids=lambda posting: posting.title)
def test_posting_is_valid_and_open(posting: Posting) -> None:
    assert msgspec.convert(msgspec.to_builtins(posting), Posting) == posting  # checks the types
    assert posting.closes_at is None or posting.closes_at > NOW
    assert posting.salary is None or 0 < posting.salary.least < posting.salary.most


@pytest.mark.parametrize("posting", POSTINGS, ids=lambda posting: posting.title)
def test_description_has_paragraphs_and_lists(posting: Posting) -> None:
    assert 600 <= len(posting.description) <= 1200
    blocks = posting.description.split("\n\n")
    assert 4 <= len(blocks) <= 8
    for block in blocks:
        lines = block.splitlines()
        assert block == block.strip()
        assert len(lines) == 1 or all(line.startswith("- ") for line in lines)
    assert any(block.startswith("- ") for block in blocks)


def test_postings_cover_every_kind_of_field() -> None:
    for member in ("salary", "closes_at"):
        having = [posting for posting in POSTINGS if getattr(posting, member) is not None]
        assert 0 < len(having) < len(POSTINGS)
    assert {posting.workplace for posting in POSTINGS} == set(get_args(Workplace))
    assert {posting.employment for posting in POSTINGS} == set(get_args(Employment))
    assert len({posting.salary.currency for posting in POSTINGS if posting.salary}) >= 4


def test_journey_uses_existing_postings() -> None:
    assert max(place for places in CANDIDATES.values() for place in places) < len(POSTINGS)
