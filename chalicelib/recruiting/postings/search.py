"""Search for open postings by search terms and filters, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.common.errors import InvalidField
from chalicelib.recruiting.postings.search_text import search_terms

if TYPE_CHECKING:
    from chalicelib.recruiting.postings.catalogue import PostingCatalogue
    from chalicelib.recruiting.postings.models import Facets, PostingsPage, PostingsQuery

# A search compares each term with each posting.
MAX_TERMS = 20


class PostingSearch:
    """Searches the open postings, in the memory of the process (``catalogue``)."""

    def __init__(self, catalogue: PostingCatalogue) -> None:
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
        terms = search_terms(query.q)
        if len(terms) > MAX_TERMS:
            raise InvalidField("q", f"Search for at most {MAX_TERMS} words")
        return self._catalogue.open_postings().page(query, terms, self._catalogue.search_texts)

    def facets(self) -> Facets:
        """Return the most common values of the open postings, with counts."""
        return self._catalogue.open_postings().facets()
