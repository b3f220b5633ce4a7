"""The open postings in the memory of a process: pages, totals, facets and search."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from datetime import UTC, datetime
from operator import attrgetter
from typing import TYPE_CHECKING

from chalicelib.recruiting.postings.cursors import PageCursor
from chalicelib.recruiting.postings.models import Facets, FacetValue, PostingsPage
from chalicelib.recruiting.postings.posting_cache import PostingCache
from chalicelib.recruiting.postings.search_index import SearchIndex
from chalicelib.recruiting.postings.search_text import contains_terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from chalicelib.recruiting.postings.catalogue_repository import CatalogueRepository
    from chalicelib.recruiting.postings.models import Posting, PostingsQuery, PostingSummary

# Counting further takes time, and candidates do not need a larger number.
MAX_TOTAL = 1000
MAX_FACET_VALUES = 50
# Most requests are for the first page without a filter; few others repeat within one version.
MAX_PAGES = 256


class PostingCatalogue:
    """The open postings of this process, as current as the last publication.

    Each use reads the versions of the catalogue, one document, and then the parts that changed.

    Args:
        repository: reads the catalogue.
        build: builds the catalogue from the stored postings.
        find: returns a posting by its id, from MongoDB.
        now: returns the current time.
    """

    def __init__(
        self,
        repository: CatalogueRepository,
        build: Callable[[], None],
        find: Callable[[str], Posting],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._repository = repository
        self._build = build
        self._now = now
        self._versions: dict[str, str] = {}
        self._parts: dict[str, list[PostingSummary]] = {}
        self._open = OpenPostings([], now())
        self._index = SearchIndex(repository)
        self._cache = PostingCache(repository, find)

    def open_postings(self) -> OpenPostings:
        """Return the postings that are open now.

        Raises:
            pymongo.errors.PyMongoError: MongoDB cannot be reached.
        """
        versions = self._repository.find_versions()
        if versions is None:
            # An older version of the code, which had no catalogue, stored the postings.
            self._build()
            versions = self._repository.find_versions() or {}
        now = self._now()
        if versions != self._versions:
            changed = [one for one in versions if versions[one] != self._versions.get(one)]
            parts = {**self._parts, **self._repository.find_parts(changed)}
            self._parts = {one: parts[one] for one in versions if one in parts}
            self._versions = versions
            self._open = OpenPostings(self._all(), now)
        elif not self._open.is_valid(now):
            self._open = OpenPostings(self._all(), now)
        return self._open

    def get(self, posting_id: str) -> Posting:
        """Return a posting, open or closed, from memory if it was not published again since.

        Raises:
            PostingNotFound: no posting has this id.
            pymongo.errors.PyMongoError: MongoDB cannot be reached.
        """
        return self._cache.get(posting_id)

    def search_texts(self) -> Mapping[str, str]:
        """Return the searchable texts by posting id, as current as ``open_postings``.

        Raises:
            pymongo.errors.PyMongoError: MongoDB cannot be reached.
        """
        return self._index.texts(self._versions)

    def _all(self) -> Iterable[PostingSummary]:
        return (posting for part in self._parts.values() for posting in part)


class OpenPostings:
    """The postings that are open at one time, until the next of them closes."""

    def __init__(self, postings: Iterable[PostingSummary], now: datetime) -> None:
        self._since = now
        self._oldest_first = sorted(
            (one for one in postings if one.closes_at is None or one.closes_at > now), key=_place
        )
        self._until = min(
            (one.closes_at for one in self._oldest_first if one.closes_at), default=None
        )
        self._pages: dict[PostingsQuery, PostingsPage] = {}
        self._facets: Facets | None = None
        self._by_employer: dict[str, list[PostingSummary]] | None = None

    def is_valid(self, now: datetime) -> bool:
        """Return whether the same postings are open at this time."""
        return self._since <= now and (self._until is None or now < self._until)

    def page(
        self,
        query: PostingsQuery,
        terms: Sequence[str] | None = None,
        texts: Callable[[], Mapping[str, str]] = dict,
    ) -> PostingsPage:
        """Return a page of the postings that match a query.

        Args:
            query: the filters, and the place of the page.
            terms: the search terms of the query, or None if it is blank. An empty list finds
                nothing, because the query has only punctuation.
            texts: returns the texts in which to search, by posting id.

        Raises:
            InvalidField: the cursor is not valid.
        """
        page = self._pages.get(query)
        if page is None:
            matching = _filter(self._oldest_first, query)
            if terms is not None:
                matching = _search(matching, terms, texts()) if terms else []
            page = _slice(matching, query)
            if len(self._pages) >= MAX_PAGES:
                self._pages.clear()
            self._pages[query] = page
        return page

    def facets(self) -> Facets:
        """Return the most common values of the postings, with counts."""
        if self._facets is None:
            self._facets = Facets(**{name: self._count(name) for name in Facets.__struct_fields__})
        return self._facets

    def by_employer(self) -> Mapping[str, Sequence[PostingSummary]]:
        """Return the postings of each employer by its id, newest first.

        Postings that earlier versions of the code stored belong to no employer.
        """
        if self._by_employer is None:
            self._by_employer = {}
            for posting in reversed(self._oldest_first):
                if posting.employer_id is not None:
                    self._by_employer.setdefault(posting.employer_id, []).append(posting)
        return self._by_employer

    def _count(self, field: str) -> list[FacetValue]:
        counts = Counter(map(attrgetter(field), self._oldest_first))
        most_common = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
        return [FacetValue(value, count) for value, count in most_common[:MAX_FACET_VALUES]]


def _filter(postings: Sequence[PostingSummary], query: PostingsQuery) -> Sequence[PostingSummary]:
    accepted = {
        "workplace": query.workplace,
        "employment": query.employment,
        "location": (query.location,) if query.location else (),
        "employer": (query.employer,) if query.employer else (),
    }
    for field, values in accepted.items():
        if values:
            value_of = attrgetter(field)
            postings = [one for one in postings if value_of(one) in values]
    return postings


def _place(posting: PostingSummary) -> PageCursor:
    return PageCursor(posting.published_at, posting.id)


def _search(
    postings: Sequence[PostingSummary], terms: Sequence[str], texts: Mapping[str, str]
) -> Sequence[PostingSummary]:
    # Long terms are rare, so that most postings are left out by the first one.
    longest_first = sorted(terms, key=len, reverse=True)
    return [one for one in postings if contains_terms(texts.get(one.id, ""), longest_first)]


def _slice(matching: Sequence[PostingSummary], query: PostingsQuery) -> PostingsPage:
    """Return the page of a query from all matching postings, which are oldest first."""
    end = len(matching)
    if query.cursor:
        end = bisect_left(matching, PageCursor.decode(query.cursor), key=_place)
    start = max(0, end - query.limit)
    shown = list(reversed(matching[start:end]))
    next_cursor = _place(shown[-1]).encode() if start else None
    return PostingsPage(shown, next_cursor, min(len(matching), MAX_TOTAL))
