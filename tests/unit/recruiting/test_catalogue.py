"""The pages of the open postings, compared with a plain filter and slices."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.recruiting.postings.catalogue import OpenPostings
from chalicelib.recruiting.postings.models import PostingsQuery, PostingSummary
from chalicelib.recruiting.postings.search_text import search_terms
from tests.support.timing import stretch

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WORKPLACES = ["on-site", "hybrid", "remote"]
EMPLOYMENTS = ["full-time", "internship"]
TOWNS = ["Bergen", "Cork"]


@st.composite
def summaries(draw: st.DrawFn) -> list[PostingSummary]:
    # Few different times, so that many postings share one.
    return [
        PostingSummary(
            id=f"01a20000-0000-7000-8000-{number:012}",
            title="",
            employer=draw(st.sampled_from(["Yard", "Mill"])),
            location=draw(st.sampled_from(TOWNS)),
            excerpt="",
            published_at=NOW - timedelta(milliseconds=draw(st.integers(0, 3))),
            closes_at=draw(st.sampled_from([None, NOW, NOW + timedelta(milliseconds=1)])),
            workplace=draw(st.sampled_from(WORKPLACES)),
            employment=draw(st.sampled_from(EMPLOYMENTS)),
        )
        for number in range(draw(st.integers(0, 12)))
    ]


filters = st.fixed_dictionaries(
    {
        "workplace": st.lists(st.sampled_from(WORKPLACES), unique=True).map(tuple),
        "employment": st.lists(st.sampled_from(EMPLOYMENTS), unique=True).map(tuple),
        "location": st.sampled_from(["", *TOWNS, "Ghent"]),
        "employer": st.sampled_from(["", "Yard"]),
    }
)


@given(summaries(), filters, st.integers(1, 5))
def test_pages_are_the_filtered_list(
    postings: list[PostingSummary], wanted: dict[str, Any], limit: int
) -> None:
    expected = sorted(
        (
            one
            for one in postings
            if one.closes_at != NOW
            and all(
                not value
                or (
                    getattr(one, name) in value
                    if isinstance(value, tuple)
                    else getattr(one, name) == value
                )
                for name, value in wanted.items()
            )
        ),
        key=lambda one: (one.published_at, one.id),
        reverse=True,
    )
    some = OpenPostings(postings, NOW)
    seen: list[PostingSummary] = []
    cursor: str | None = ""
    while cursor is not None:
        page = some.page(PostingsQuery(**wanted, limit=limit, cursor=cursor))
        assert page.total == len(expected)
        assert len(page.postings) == limit or page.next is None
        seen += page.postings
        cursor = page.next
    assert seen == expected


def test_worst_search_of_10_000_postings_takes_less_than_300_ms() -> None:
    """Processor time of a search for 20 words, of which only the last one is in no posting."""
    postings = [
        PostingSummary(str(number), "", "", "", "", NOW - timedelta(seconds=number))
        for number in range(10_000)
    ]
    some = OpenPostings(postings, NOW)
    text = "".join(f" word{number}" for number in range(130))
    texts = {one.id: text for one in postings}
    query = " ".join(f"word{number}" for number in range(111, 130)) + " zz"
    started = time.process_time()
    page = some.page(PostingsQuery(q=query), search_terms(query), lambda: texts)
    assert page.total == 0
    assert time.process_time() - started < stretch(0.3)
