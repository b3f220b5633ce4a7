"""Pages of a list that are read in windows of ids."""

from __future__ import annotations

import random
from typing import Any

import pytest

from chalicelib.recruiting.applications.id_windows import find_newest

HOUR = 3_600_000
START = 1_790_000_000_000


class List:
    """A list of ids. It counts the documents that a server without sorted indexes examines."""

    def __init__(self, milliseconds: list[int]) -> None:
        chance = random.Random(1)  # noqa: S311
        self.ids = sorted(_id(one, chance.getrandbits(48)) for one in milliseconds)
        self.examined = self.queries = 0

    def find(self, ids: dict[str, str], most: int) -> list[dict[str, Any]]:
        low, high = ids.get("$gte", ""), ids.get("$lt", "g")
        matches = [one for one in reversed(self.ids) if low <= one < high]
        self.examined += len(matches)
        self.queries += 1
        return [{"_id": one} for one in matches[:most]]


def _id(milliseconds: int, tail: int) -> str:
    digits = f"{milliseconds:012x}"
    return f"{digits[:8]}-{digits[8:]}-7000-8000-{tail:012x}"


@pytest.mark.parametrize("size", [0, 1, 60, 5000])
@pytest.mark.parametrize("span", [1, HOUR, 60 * 24 * HOUR])
def test_pages_have_all_documents_in_order(size: int, span: int) -> None:
    chance = random.Random(size + span)  # noqa: S311
    documents = List([START + HOUR + chance.randrange(span) for _ in range(size)])
    seen: list[str] = []
    while True:
        page = find_newest(
            documents.find, before=seen[-1] if seen else "", since=_id(START, 0), count=50
        )
        seen += [one["_id"] for one in page]
        if len(page) < 50:
            break
    assert seen == documents.ids[::-1]


@pytest.mark.parametrize("since", ["", _id(START, 0), _id(START * 2, 0)])
def test_window_examines_little_more_than_the_page(since: str) -> None:
    chance = random.Random(2)  # noqa: S311
    documents = List([START + HOUR + chance.randrange(60 * 24 * HOUR) for _ in range(20_000)])
    middle = documents.ids[10_000]
    page = find_newest(documents.find, before=middle, since=since, count=50)
    assert [one["_id"] for one in page] == documents.ids[9_950:10_000][::-1]
    if since < middle:
        assert documents.examined <= 100
        assert documents.queries <= 10


def test_window_ends_at_an_edge_before_many_documents() -> None:
    chance = random.Random(3)  # noqa: S311
    sparse = [START + HOUR + number * HOUR for number in range(200)]
    burst = [START + 100 * HOUR + chance.randrange(HOUR) for _ in range(20_000)]
    documents = List(sparse + burst)
    edges = documents.ids[::1000]
    place = 20_120
    page = find_newest(
        documents.find, before=documents.ids[place], since=_id(START, 0), count=50, edges=edges
    )
    assert [one["_id"] for one in page] == documents.ids[place - 50 : place][::-1]
    assert documents.examined < 2000
