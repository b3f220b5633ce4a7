"""Finding open postings: by words, by what they offer, page by page."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from chalicelib.common.errors import InvalidField
from chalicelib.recruiting.postings.cursors import Place
from chalicelib.recruiting.postings.repository import (
    NEWEST_FIRST,
    UNSEEN,
    Employment,
    Salary,
    Workplace,
)
from chalicelib.recruiting.postings.search_text import excerpt, words_in

if TYPE_CHECKING:
    from pymongo.collection import Collection
    from pymongo.database import Database

EXCERPT_LENGTH = 160
# Counting on costs more than anybody gains by it.
COUNTED = 1000
FACET_VALUES = 50
# The index is read for one of them; the others are compared with each posting that it gives.
MOST_WORDS = 20

Text = Annotated[str, msgspec.Meta(max_length=200)]


class PostingsQuery(msgspec.Struct, frozen=True):
    """Which postings are asked for. What is blank, or has no values, narrows nothing.

    ``q`` are at most 20 words, all of which must occur as the beginnings of words.
    """

    q: Text = ""
    workplace: tuple[Workplace, ...] = ()
    employment: tuple[Employment, ...] = ()
    location: Text = ""
    employer: Text = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=50)] = 20
    cursor: Text = ""


class FacetsQuery(msgspec.Struct, frozen=True):
    """Facets are of all open postings: there is nothing to ask for."""


class PostingSummary(msgspec.Struct, frozen=True):
    """A posting as it is listed: the beginning of its description in place of the whole."""

    id: str
    title: str
    employer: str
    location: str
    excerpt: str
    published_at: datetime
    salary: Salary | None = None
    closes_at: datetime | None = None
    workplace: Workplace = "on-site"
    employment: Employment = "full-time"


class PostingsPage(msgspec.Struct, frozen=True):
    """Some of the postings that were asked for, newest first.

    ``next`` is the cursor of the next page, if there is one; ``total`` how many there are on all
    pages, counted up to 1000.
    """

    postings: list[PostingSummary]
    next: str | None
    total: int


class FacetValue(msgspec.Struct, frozen=True):
    """A value, and how many open postings have it."""

    value: str
    count: int


class Facets(msgspec.Struct, frozen=True):
    """What open postings have: the 50 commonest values each, most first, then by name."""

    workplace: list[FacetValue]
    employment: list[FacetValue]
    location: list[FacetValue]
    employer: list[FacetValue]


class PostingSearch:
    """Searches the postings in MongoDB; only those that are open are found."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._postings: Collection[dict[str, Any]] = database["postings"]

    def page(self, query: PostingsQuery) -> PostingsPage:
        """A page of the postings that a query asks for.

        It starts behind a place in the list, not at a number of it, so that postings published
        meanwhile move nothing from one page to another.

        Raises:
            InvalidField: the cursor is none, or there are too many words.
        """
        matching = _matching(query)
        following = [_behind(Place.of_cursor(query.cursor))] if query.cursor else []
        found = list(
            self._postings.find({"$and": [*matching, *following]}, UNSEEN)
            .sort(NEWEST_FIRST)
            # One more than asked for tells whether there is another page.
            .limit(query.limit + 1)
        )
        shown = found[: query.limit]
        return PostingsPage(
            [_summary(document) for document in shown],
            _place(shown[-1]).cursor() if len(found) > len(shown) else None,
            self._postings.count_documents({"$and": matching}, limit=COUNTED),
        )

    def facets(self) -> Facets:
        """What open postings have."""
        counted = {name: _counted(name) for name in Facets.__struct_fields__}
        [found] = self._postings.aggregate([{"$match": _open()}, {"$facet": counted}])
        return msgspec.convert(found, Facets)


def _matching(query: PostingsQuery) -> list[dict[str, Any]]:
    conditions = [_open()]
    if query.q.strip():
        conditions.append(_having(words_in(query.q)))
    conditions += [
        {name: {"$in": values}}
        for name, values in (("workplace", query.workplace), ("employment", query.employment))
        if values
    ]
    conditions += [
        {name: value}
        for name, value in (("location", query.location), ("employer", query.employer))
        if value
    ]
    return conditions


def _open() -> dict[str, Any]:
    return {"$or": [{"closes_at": None}, {"closes_at": {"$gt": datetime.now(UTC)}}]}


def _having(beginnings: list[str]) -> dict[str, Any]:
    """Postings with words that begin so. What has no letter and no digit is in none of them."""
    if len(beginnings) > MOST_WORDS:
        raise InvalidField("q", f"Search for at most {MOST_WORDS} words")
    if not beginnings:
        return {"words": {"$in": []}}
    # A beginning without alternatives or flags is a range of the index.
    return {"$and": [{"words": {"$regex": f"^{re.escape(one)}"}} for one in beginnings]}


def _behind(place: Place) -> dict[str, Any]:
    # The first condition alone is a range of the index; the second leaves out what shares the
    # place's millisecond and was on the page before.
    return {
        "published_at": {"$lte": place.published_at},
        "$or": [{"published_at": {"$lt": place.published_at}}, {"_id": {"$lt": place.id}}],
    }


def _place(document: dict[str, Any]) -> Place:
    return Place(document["published_at"], document["_id"])


def _summary(document: dict[str, Any]) -> PostingSummary:
    beginning = excerpt(document["description"], EXCERPT_LENGTH)
    return msgspec.convert(
        {**document, "id": document["_id"], "excerpt": beginning}, PostingSummary
    )


def _counted(name: str) -> list[dict[str, Any]]:
    return [
        {"$group": {"_id": f"${name}", "count": {"$sum": 1}}},
        {"$sort": {"count": -1, "_id": 1}},
        {"$limit": FACET_VALUES},
        {"$project": {"_id": False, "value": "$_id", "count": True}},
    ]
