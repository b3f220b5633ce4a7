"""Search for open postings by search terms and filters, page by page.

Queries without search terms are answered from the memory of the process (``catalogue.py``).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chalicelib.common.errors import InvalidField
from chalicelib.recruiting.postings.catalogue import MAX_TOTAL
from chalicelib.recruiting.postings.catalogue_repository import summarize
from chalicelib.recruiting.postings.cursors import PageCursor
from chalicelib.recruiting.postings.models import PostingsPage
from chalicelib.recruiting.postings.repository import (
    NEWEST_FIRST,
    WITHOUT_TERMS,
    postings_collection,
)
from chalicelib.recruiting.postings.search_text import search_terms

if TYPE_CHECKING:
    from pymongo.database import Database

    from chalicelib.recruiting.postings.catalogue import PostingCatalogue
    from chalicelib.recruiting.postings.models import Facets, PostingsQuery

# MongoDB reads the index for one term and compares the others with each posting that it finds.
MAX_TERMS = 20


class PostingSearch:
    """Searches the open postings."""

    def __init__(self, database: Database[dict[str, Any]], catalogue: PostingCatalogue) -> None:
        self._postings = postings_collection(database)
        self._catalogue = catalogue

    def page(self, query: PostingsQuery) -> PostingsPage:
        """Return a page of the postings that match a query.

        A page starts behind a posting, not at an offset, so that newly published postings do not
        move others from one page to the next.

        Raises:
            InvalidField: the cursor is not valid, or there are too many search terms.
        """
        if not query.q.strip():
            return self._catalogue.open_postings().page(query)
        matching = _conditions(query)
        behind = [_behind(PageCursor.decode(query.cursor))] if query.cursor else []
        found = list(
            self._postings.find({"$and": [*matching, *behind]}, WITHOUT_TERMS)
            .sort(NEWEST_FIRST)
            # One more than requested shows whether there is a next page.
            .limit(query.limit + 1)
        )
        shown = found[: query.limit]
        return PostingsPage(
            list(map(summarize, shown)),
            _cursor(shown[-1]).encode() if len(found) > len(shown) else None,
            self._postings.count_documents({"$and": matching}, limit=MAX_TOTAL),
        )

    def facets(self) -> Facets:
        """Return the most common values of the open postings, with counts."""
        return self._catalogue.open_postings().facets()


def _conditions(query: PostingsQuery) -> list[dict[str, Any]]:
    conditions = [_is_open(), _has_terms(search_terms(query.q))]
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


def _is_open() -> dict[str, Any]:
    return {"$or": [{"closes_at": None}, {"closes_at": {"$gt": datetime.now(UTC)}}]}


def _has_terms(terms: list[str]) -> dict[str, Any]:
    """Return the condition that each term begins a word of the posting."""
    if len(terms) > MAX_TERMS:
        raise InvalidField("q", f"Search for at most {MAX_TERMS} words")
    if not terms:
        # The query has only punctuation, which no posting matches.
        return {"words": {"$in": []}}
    # MongoDB reads a prefix expression without alternatives or flags as a range of the index.
    return {"$and": [{"words": {"$regex": f"^{re.escape(term)}"}} for term in terms]}


def _behind(cursor: PageCursor) -> dict[str, Any]:
    # The first condition is a range of the index. The second one leaves out postings of the same
    # millisecond that the page before has shown.
    return {
        "published_at": {"$lte": cursor.published_at},
        "$or": [{"published_at": {"$lt": cursor.published_at}}, {"_id": {"$lt": cursor.id}}],
    }


def _cursor(document: dict[str, Any]) -> PageCursor:
    return PageCursor(document["published_at"], document["_id"])
